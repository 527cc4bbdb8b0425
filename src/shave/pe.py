"""The little of a PE file that says how a .NET assembly was compiled: a struct reader over random access.

Sources: Microsoft's PE Format; ECMA-335, II.25.3.3, for the CLI header; .NET's docs/design/coreclr/botr/
readytorun-format.md for what its ManagedNativeHeader points at.
"""

import struct
from collections.abc import Callable

from msgspec import Struct

Reader = Callable[[int, int], bytes]
"""``read(offset, length)``: fewer bytes at the end of the file."""

MAGIC = b"MZ"
_HEADERS = 1024
"""The headers of every assembly that a compiler writes stand in the first two sectors."""
_PE, _OPTIONAL, _PE32, _PE32_PLUS = b"PE\0\0", 24, 0x10B, 0x20B
_CLI_DIRECTORY, _NATIVE_HEADER = 14, 64
_SECTION = 40
_COMPONENT = 0x20


class Assembly(Struct, frozen=True):
    """How a .NET assembly was compiled: with native code in it (``ready_to_run``), or in a composite image of several
    (``component``). Neither where it is plain IL.
    """

    ready_to_run: bool
    component: bool


def parse(read: Reader) -> Assembly | None:
    """None if it is no .NET assembly, or so broken that the runtime would refuse it too."""
    try:
        return _parse(read)
    except struct.error:
        return None


def _parse(read: Reader) -> Assembly | None:
    head = read(0, _HEADERS)
    (start,) = struct.unpack_from("<I", head, 60) if head.startswith(MAGIC) else (0,)
    if head[start : start + 4] != _PE:
        return None
    sections, optional_bytes = struct.unpack_from("<H12xH", head, start + 6)
    optional = start + _OPTIONAL
    (kind,) = struct.unpack_from("<H", head, optional)
    if kind not in (_PE32, _PE32_PLUS):
        return None
    directories = optional + (96 if kind == _PE32 else 112)
    (cli,) = struct.unpack_from("<I", head, directories + 8 * _CLI_DIRECTORY)
    table = head[optional + optional_bytes :][: sections * _SECTION]
    at = _offset(table, cli)
    if not cli or at is None:
        return None
    (native,) = struct.unpack("<I", read(at + _NATIVE_HEADER, 4))
    place = _offset(table, native)
    header = read(place, 12) if native and place is not None else b""
    if not header.startswith(b"RTR\0"):
        return Assembly(False, False)
    (flags,) = struct.unpack_from("<I", header, 8)
    return Assembly(True, bool(flags & _COMPONENT))


def _offset(table: bytes, address: int) -> int | None:
    """Where in the file the bytes at an address of the loaded image stand."""
    for at in range(0, len(table) - _SECTION + 1, _SECTION):
        loaded, start, stored, offset = (struct.unpack_from("<4I", table, at + 8)[number] for number in (0, 1, 2, 3))
        if start <= address < start + max(loaded, stored):
            return int(offset + address - start)
    return None
