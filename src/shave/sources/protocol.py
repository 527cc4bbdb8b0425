"""What a source of images must be able to do."""

from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from shave.events import Sink
from shave.image import Image, ImageIndex
from shave.oci import Platform
from shave.reference import Reference, Transport
from shave.trust import Trust


class Source(Protocol):
    """One transport. ``reference`` is always of this transport."""

    transport: Transport

    def open(
        self, reference: Reference, platform: Platform | None, trust: Trust, sink: Sink
    ) -> AbstractContextManager[Image]:
        """The image, usable inside the context; temporary files go at its end. ``platform`` chooses from an index.
        ``trust`` is for sources behind a network.

        Manifest and config are verified against their digests here; layers when they are read.
        Raises CannotError if nothing is there or it cannot be reached, BadImageError if it contradicts itself.
        """

    def write(self, image: Image, reference: Reference, trust: Trust, sink: Sink) -> None:
        """Write the image whole or not at all: beside, fsync, rename. A layout gains a tag; an archive is replaced.

        Raises CannotError if it cannot be written, BadImageError if a layer is not what its digest says.
        """


@runtime_checkable
class Indexed(Source, Protocol):
    """A source that holds the images of several platforms under one name; for all others ``sources`` derives these."""

    def open_all(self, reference: Reference, trust: Trust, sink: Sink) -> AbstractContextManager[ImageIndex]:
        """All images of the name, attestations left out; otherwise as ``open``."""

    def write_all(self, images: ImageIndex, reference: Reference, trust: Trust, sink: Sink) -> None:
        """Write all of them under one index, or the one that is ``alone`` without; otherwise as ``write``."""
