"""Where an image is, in the spelling of containers-transports(5)."""

from typing import Literal

from msgspec import Struct

from shave.errors import UsageError

Transport = Literal["oci", "oci-archive", "docker-archive", "docker-daemon"]
TRANSPORTS: tuple[Transport, ...] = ("oci", "oci-archive", "docker-archive", "docker-daemon")


class Reference(Struct, frozen=True):
    """``transport:name[:tag]``. ``name`` is a path for the file transports, a repository or image ID for an engine."""

    transport: Transport
    name: str
    tag: str = ""

    def __str__(self) -> str:
        return f"{self.transport}:{self.name}" + (f":{self.tag}" if self.tag else "")


def parse(text: str) -> Reference:
    """The reference that ``text`` spells with its transport. Raises UsageError for anything else."""
    transport, colon, name = text.partition(":")
    if not colon or transport not in TRANSPORTS or not name:
        raise UsageError(f"{text!r} is not a reference", "write transport:name, such as oci:dir:tag or docker-daemon:app:1")
    ...
    raise NotImplementedError
