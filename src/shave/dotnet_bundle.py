"""What .NET's single-file publishing appends to a program: the application's files, and behind them a list of these.

Source: .NET's docs/design/features/single-file/bundler.md and src/native/corehost/bundle (header.cpp, manifest.cpp).
"""

import struct

from msgspec import Struct

from shave import elf
from shave.elf import Reader
from shave.errors import BadImageError

_MARK = bytes.fromhex("8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae")
_MAX_DATA = 4 << 20
_MAX_LIST = 4 << 20
_MAX_NAME = 4096
_LOCATIONS_SINCE, _LOCATIONS, _PACKED_SINCE = 2, 40, 6


class File(Struct, frozen=True, gc=False):
    """A file of the bundle: ``size`` bytes at ``offset`` of the program, unless it is stored ``packed``."""

    path: str
    offset: int
    size: int
    packed: bool


def files(read: Reader, size: int) -> tuple[File, ...]:
    """The files bundled with an ELF program of ``size`` bytes; none if there is no bundle.

    Raises BadImageError for a list that is cut off.
    """
    end = elf.sections_end(read)
    data = elf.section(read, ".data") if 0 < end < size else None
    if data is None or data.size > _MAX_DATA:
        return ()
    held = read(data.offset, data.size)
    at = held.find(_MARK)
    offset = int.from_bytes(held[at - 8 : at], "little") if at >= 8 else 0
    if not end <= offset < size:
        return ()
    try:
        return _files(read(offset, min(size - offset, _MAX_LIST)))
    except (struct.error, IndexError) as error:
        raise BadImageError("the list of the files bundled with it is cut off") from error


def _files(data: bytes) -> tuple[File, ...]:
    major, _, count = struct.unpack_from("<IIi", data)
    _, at = _text(data, 12)
    at += _LOCATIONS if major >= _LOCATIONS_SINCE else 0
    fields = struct.Struct("<QQQB" if major >= _PACKED_SINCE else "<QQB")
    found = []
    for _ in range(count):
        offset, size, *packed, _ = fields.unpack_from(data, at)
        path, at = _text(data, at + fields.size)
        found.append(File(path, offset, size, any(packed)))
    return tuple(found)


def _text(data: bytes, at: int) -> tuple[str, int]:
    """A string behind its length (seven bits a byte, the least first), and where it ends."""
    length = shift = 0
    while True:
        byte = data[at]
        at += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    if length > _MAX_NAME or at + length > len(data):
        raise IndexError
    return data[at : at + length].decode("utf-8", "surrogateescape"), at + length
