"""Zip archives read by their central directory, over random access; of their members only what is asked for.

Source: PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.3 (zip64). As for zipfile and the JVM the last end record counts,
and what was put in front of the archive shifts every offset. Checksums are not looked at.
"""

import struct
import zlib
from collections.abc import Callable, Iterator

from msgspec import Struct

from shave.errors import BadImageError

Reader = Callable[[int, int], bytes]
"""``read(offset, length)``: fewer bytes at the end of the file."""

MAGIC = b"PK\x03\x04"
_END, _END64, _LOCATOR64, _CENTRAL = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02"
_END_BYTES, _END64_BYTES, _LOCATOR64_BYTES, _CENTRAL_BYTES, _LOCAL_BYTES = 22, 56, 20, 46, 30
_MAX_COMMENT = 0xFFFF
_HERE, _HERE64 = 0xFFFF, 0xFFFFFFFF  # "look into the zip64 field"
_ENCRYPTED, _STORED, _DEFLATED = 1, 0, 8


class Member(Struct, frozen=True, gc=False):
    """A member as the directory has it; ``offset`` is where its local header stands in the file."""

    name: str
    encrypted: bool
    method: int
    packed_bytes: int
    offset: int


def members(read: Reader, size: int, endings: tuple[bytes, ...], most: int) -> Iterator[Member]:
    """The members whose names end so, in the directory's order.

    Raises BadImageError for a file of ``size`` bytes that is no archive, for a directory of more than ``most`` bytes
    and where an entry of it is cut off or says what cannot be.
    """
    at, length, shift = _directory(read, size)
    if length > most:
        raise BadImageError(f"its directory has {length} bytes, more than are looked at")
    data = read(at, length)
    position = 0
    while position + _CENTRAL_BYTES <= len(data) and data.startswith(_CENTRAL, position):
        name_bytes, extra_bytes, comment_bytes = struct.unpack_from("<HHH", data, position + 28)
        start = position + _CENTRAL_BYTES
        name = data[start : start + name_bytes]
        extra = start + name_bytes
        if name.endswith(endings):
            yield _member(data, position, name, data[extra : extra + extra_bytes], shift)
        position = extra + extra_bytes + comment_bytes
    if position != len(data):
        raise BadImageError(f"its directory is broken at byte {position} of {length}")


def beginning(read: Reader, member: Member, most: int) -> bytes:
    """The first bytes of a member, at most so many. Raises BadImageError if it cannot be read."""
    data = read(_start(read, member), min(member.packed_bytes, most))
    if member.encrypted:
        raise BadImageError(f"{member.name!r} is encrypted")
    if member.method == _STORED:
        return data
    if member.method != _DEFLATED:
        raise BadImageError(f"{member.name!r} is packed by the unknown method {member.method}")
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, most)
    except zlib.error as error:
        raise BadImageError(f"{member.name!r} cannot be unpacked: {error}") from error


def within(read: Reader, member: Member) -> Reader | None:
    """What reads the bytes of a member where they lie; None if they are packed or encrypted."""
    if member.encrypted or member.method != _STORED:
        return None
    start, size = _start(read, member), member.packed_bytes
    return lambda offset, length: read(start + offset, min(length, size - offset)) if 0 <= offset < size else b""


def _directory(read: Reader, size: int) -> tuple[int, int, int]:
    """Where the central directory stands, its bytes, and by how much offsets are shifted."""
    at, end = _end(read, size)
    length, offset = struct.unpack_from("<II", end, 12)
    counts = struct.unpack_from("<HH", end, 8)
    if _HERE64 in (length, offset) or _HERE in counts:
        found = _end64(read, at)
        if found:
            at, length, offset = found
    if length + offset > at:
        raise BadImageError(f"its directory of {length} bytes at {offset} cannot stand before byte {at}")
    return at - length, length, at - length - offset


def _end(read: Reader, size: int) -> tuple[int, bytes]:
    """The end record: nearly always without a comment."""
    for length in (_END_BYTES, _END_BYTES + _MAX_COMMENT):
        start = max(0, size - length)
        tail = read(start, length)
        at = tail.rfind(_END)
        if 0 <= at <= len(tail) - _END_BYTES:
            return start + at, tail[at:]
    raise BadImageError("it has no directory: it is cut off, or no archive")


def _end64(read: Reader, at: int) -> tuple[int, int, int] | None:
    """Where the zip64 end record stands, the directory's bytes and offset; None where there is no such record."""
    locator = read(max(0, at - _LOCATOR64_BYTES), _LOCATOR64_BYTES)
    if not locator.startswith(_LOCATOR64):
        return None
    (said,) = struct.unpack_from("<Q", locator, 8)
    for place in (said, at - _LOCATOR64_BYTES - _END64_BYTES):  # the second where something stands before the archive
        record = read(place, _END64_BYTES) if place >= 0 else b""
        if record.startswith(_END64) and len(record) == _END64_BYTES:
            return place, *struct.unpack_from("<QQ", record, 40)
    raise BadImageError("its zip64 directory is not where it is said to be")


def _member(data: bytes, position: int, name: bytes, extra: bytes, shift: int) -> Member:
    flags, method = struct.unpack_from("<HH", data, position + 8)
    packed, unpacked = struct.unpack_from("<II", data, position + 20)
    (offset,) = struct.unpack_from("<I", data, position + 42)
    wide = iter(_wide(extra))
    unpacked, packed, offset = (next(wide, 0) if number == _HERE64 else number for number in (unpacked, packed, offset))
    return Member(name.decode("utf-8", "surrogateescape"), bool(flags & _ENCRYPTED), method, packed, offset + shift)


def _wide(extra: bytes) -> tuple[int, ...]:
    """The numbers of the zip64 extra field: those that have no place in the entry itself, in this order."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind == 1:
            field = extra[4 : 4 + length]
            return struct.unpack(f"<{len(field) // 8}Q", field[: len(field) // 8 * 8])
        extra = extra[4 + length :]
    return ()


def _start(read: Reader, member: Member) -> int:
    """Where the member's bytes stand: behind a local header whose lengths are its own."""
    local = read(member.offset, _LOCAL_BYTES)
    if len(local) < _LOCAL_BYTES or not local.startswith(MAGIC):
        raise BadImageError(f"{member.name!r} is not where the directory says")
    name_bytes, extra_bytes = struct.unpack_from("<HH", local, 26)
    return int(member.offset + _LOCAL_BYTES + name_bytes + extra_bytes)
