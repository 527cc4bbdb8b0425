"""Which image a reference leads to now, found without reading its layers."""

from msgspec import Struct

from shave import program
from shave.engine import connect
from shave.errors import CannotError, UsageError
from shave.reference import Reference, parse
from shave.sources import open_image

_HINT = "look at what podman info says; it is Debian's package podman"
_ABSENT = ("not known", "no such image")


class Found(Struct, frozen=True):
    """An image that is there: the digest of its config (in an engine that keeps images in containerd, of the manifest),
    and its unpacked bytes, None where that takes reading it.
    """

    digest: str
    unpacked_bytes: int | None = None


def found(reference: str) -> Found | None:
    """What is there, None for no image of an engine. Raises CannotError if another is not there, BadImageError."""
    place = parse(reference)
    if place.transport == "docker-daemon":
        return _of_engine(reference.partition(":")[2])
    if place.transport == "containers-storage":
        return _of_podman(reference.partition(":")[2])
    return _opened(place)


def local(transport: str, name: str) -> Found | None:
    """What FROM finds on this machine under a name; None for what it would have to fetch, and for no name."""
    try:
        return found(f"{transport}:{name}")
    except UsageError:
        return None


def _of_engine(name: str) -> Found | None:
    with connect() as engine:
        image = engine.image(name)
    return Found(image.id, image.unpacked_bytes) if image else None


def _of_podman(name: str) -> Found | None:
    try:
        said = program.answer(("podman", "image", "inspect", "--format", "{{.Id}} {{.Size}}", name), _HINT)
    except CannotError as error:
        if any(words in str(error) for words in _ABSENT):
            return None
        raise
    identity, _, size = said.strip().partition(" ")
    return Found(f"sha256:{identity.removeprefix('sha256:')}", int(size) if size.isdecimal() else None)


def _opened(place: Reference) -> Found | None:
    with open_image(place) as image:
        return Found(image.config_digest)
