"""``oci-archive:file.tar[:tag]``: an OCI image layout in a tar."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from shave.errors import UsageError
from shave.events import Sink, stage
from shave.image import Image, ImageIndex
from shave.oci import OCI_INDEX, Index, Platform, blob_path
from shave.reference import Reference, Transport
from shave.sources.archive import Member, archive_at, write_archive
from shave.sources.layout import MARKER, blobs_of, entry_of, packed_bytes, read_image, read_images
from shave.trust import Trust


class OciArchive:
    """OCI layouts in a tar, read in place. Writing replaces the file by one with these images alone."""

    transport: Transport = "oci-archive"

    @contextmanager
    def open(self, reference: Reference, platform: Platform | None, trust: Trust, sink: Sink) -> Iterator[Image]:
        """See ``protocol.Source``."""
        with archive_at(Path(reference.name), sink) as archive:
            yield read_image(archive, reference, platform)

    @contextmanager
    def open_all(self, reference: Reference, trust: Trust, sink: Sink) -> Iterator[ImageIndex]:
        """See ``protocol.Indexed``."""
        with archive_at(Path(reference.name), sink) as archive:
            yield read_images(archive, reference)

    def write(self, image: Image, reference: Reference, trust: Trust, sink: Sink) -> None:
        """See ``protocol.Source``."""
        self.write_all(ImageIndex(image.reference, (image,)), reference, trust, sink)

    def write_all(self, images: ImageIndex, reference: Reference, trust: Trust, sink: Sink) -> None:
        """See ``protocol.Indexed``."""
        if reference.digest:
            raise UsageError(f"{reference} cannot be written: a digest is no name", "give oci-archive:FILE:TAG")
        index = msgspec.json.encode(Index(2, (entry_of(images, reference.tag),), OCI_INDEX))
        with stage(sink, "write", packed_bytes(images)) as advance:
            blobs = ((blob_path(blob.digest), blob.size, blob.body()) for blob in blobs_of(images, advance))
            write_archive(Path(reference.name), _members(index, blobs), str(reference))


def _members(index: bytes, blobs: Iterable[Member]) -> Iterator[Member]:
    yield "oci-layout", len(MARKER), [MARKER]
    yield "index.json", len(index), [index]
    yield from blobs
