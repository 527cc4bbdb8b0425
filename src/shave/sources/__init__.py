"""Where images live: one file a transport, listed here."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from shave.engine import has_image, near_image, unreachable
from shave.errors import CannotError
from shave.events import Sink, silent
from shave.image import Image, ImageIndex
from shave.oci import Platform
from shave.reference import Reference, choose, full_name
from shave.sources.containerd import Containerd
from shave.sources.containers_storage import ContainersStorage
from shave.sources.docker import DockerRegistry
from shave.sources.docker_archive import DockerArchive
from shave.sources.docker_daemon import DockerDaemon
from shave.sources.local import transport_at
from shave.sources.oci import OciLayout
from shave.sources.oci_archive import OciArchive
from shave.sources.protocol import Indexed, Source
from shave.sources.rootfs import Rootfs
from shave.trust import CAREFUL, Trust

T = TypeVar("T")

SOURCES: tuple[Source, ...] = (
    DockerRegistry(),
    DockerDaemon(),
    DockerArchive(),
    OciLayout(),
    OciArchive(),
    ContainersStorage(),
    Containerd(),
    Rootfs(),
)


def locate(text: str) -> Reference:
    """The reference that a user's word means: with a transport, or a path, or an image of the local engine."""
    try:
        reference = choose(text, transport_at, has_image)
        near = near_image(text) if reference.transport == "docker" and _without_host(text) else ""
        if near:
            hint = f"did you mean {near}? the one of a registry is docker://{text}"
            raise CannotError(f"{text!r} is no path and no image of the engine", hint)
        return reference
    except CannotError as error:
        path = Path(text.partition(":")[0])
        if path.is_dir():
            hint = "a layout is a directory with oci-layout, index.json and blobs"
            raise CannotError(f"{path} is a directory, but no OCI layout", hint) from error
        if path.exists():
            hint = "docker save and shave copy make such files"
            raise CannotError(f"{path} is there, but cannot be read as an image archive", hint) from error
        raise


def _without_host(text: str) -> bool:
    """Whether it is a name such as people give their own images, which no transport and no registry stands before."""
    return not text.startswith(("docker:", "docker.io/")) and full_name(text).startswith("docker.io/")


def open_image(
    reference: Reference, platform: Platform | None = None, sink: Sink = silent, trust: Trust = CAREFUL
) -> AbstractContextManager[Image]:
    """The image at ``reference``, usable inside the context. ``platform`` chooses from an index, by default the host's.

    See ``protocol.Source.open`` for what it raises.
    """
    return _or_engine(reference, _source(reference).open(reference, platform, trust, sink))


@contextmanager
def _or_engine(reference: Reference, opening: AbstractContextManager[T]) -> Iterator[T]:
    """What is opened. Where that fails of a name that people give their own images, too, and no engine answers that
    could have it, the error says so.
    """
    with ExitStack() as closing:
        try:
            opened = closing.enter_context(opening)
        except CannotError as error:
            unanswered = unreachable() if reference.transport == "docker" and _is_hubs(reference) else None
            if unanswered is None:
                raise
            hints = (error.hint, f"of the engine: {unanswered.hint}")
            raise CannotError(f"{error}; {unanswered}", "; ".join(filter(None, hints))) from error
        yield opened


def _is_hubs(reference: Reference) -> bool:
    return full_name(reference.name).startswith("docker.io/")


def write_image(image: Image, reference: Reference, sink: Sink = silent, trust: Trust = CAREFUL) -> None:
    """Write an image whole or not at all."""
    _source(reference).write(image, reference, trust, sink)


@contextmanager
def open_images(reference: Reference, sink: Sink = silent, trust: Trust = CAREFUL) -> Iterator[ImageIndex]:
    """The images for all platforms of ``reference``, attestations left out; the one there is where no index can be."""
    source = _source(reference)
    if isinstance(source, Indexed):
        with _or_engine(reference, source.open_all(reference, trust, sink)) as images:
            yield images
    else:
        with source.open(reference, None, trust, sink) as image:
            yield ImageIndex(str(reference), (image,))


def write_images(images: ImageIndex, reference: Reference, sink: Sink = silent, trust: Trust = CAREFUL) -> None:
    """Write images under one name, whole or not at all; one that is alone as it is, others under an index.

    Raises CannotError for more than one image where no index can be.
    """
    source = _source(reference)
    if isinstance(source, Indexed):
        source.write_all(images, reference, trust, sink)
    elif len(images.images) == 1:
        source.write(images.images[0], reference, trust, sink)
    else:
        raise CannotError(
            f"{reference} holds one platform, {images.reference} has {len(images.images)}", "choose one with --platform"
        )


def _source(reference: Reference) -> Source:
    found = next((source for source in SOURCES if source.transport == reference.transport), None)
    if found is None:
        raise CannotError(f"{reference} cannot be used: {reference.transport} is not read yet")
    return found
