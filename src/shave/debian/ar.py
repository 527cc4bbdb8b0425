"""Members of an ar archive in the common form, without long names. Source: deb(5), ar(5)."""

from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

from shave.errors import BadImageError

MAGIC = b"!<arch>\n"
_HEADER = 60
_END = b"`\n"


class Member(Struct, frozen=True):
    """A member by name, and where its ``size`` bytes begin in the file."""

    name: str
    offset: int
    size: int


def members(file: BinaryIO) -> Iterator[Member]:
    """The members in order, each looked for when asked for. Raises BadImageError naming the offset of what is wrong."""
    end = file.seek(0, 2)
    file.seek(0)
    if file.read(len(MAGIC)) != MAGIC:
        raise BadImageError("it is no ar archive")
    at = len(MAGIC)
    while at < end:
        file.seek(at)
        member = _member(file.read(_HEADER), at)
        if member.offset + member.size > end:
            raise BadImageError(f"its member {member.name!r} at offset {at} is cut off")
        yield member
        at = member.offset + member.size + member.size % 2


def _member(header: bytes, at: int) -> Member:
    digits = header[48:58].rstrip(b" ")
    if len(header) < _HEADER or header[58:] != _END or not digits.isdigit():
        raise BadImageError(f"no header of a member stands at offset {at}")
    name = header[:16].rstrip(b" ").removesuffix(b"/")
    return Member(name.decode("ascii", "backslashreplace"), at + _HEADER, int(digits))
