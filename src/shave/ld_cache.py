"""The cache of the dynamic loader: which file a library of a name is in.

Source: glibc 2.36 and 2.41, sysdeps/generic/dl-cache.h and elf/cache.c ("glibc-ld.so.cache1.1"; ldconfig(8) writes no
other format since 2.32). All numbers are in the byte order of the architecture; those that Debian has here are little
endian but for s390x, which is not written.
"""

import struct
from collections.abc import Iterable, Sequence
from functools import cmp_to_key

from msgspec import Struct

_HEADER = struct.Struct("<17s3sIIB3xI12x")
_ROW = struct.Struct("<IIIIQ")
_LITTLE_ENDIAN = 2
_EXTENSIONS = 0xEAA42174
_HWCAPS_TAG = 1
_HWCAP_EXTENSION = 1 << 62
_FLAGS = {(62, 64): 0x0303, (62, 32): 0x0803, (3, 32): 0x0003, (183, 64): 0x0A03, (40, 32): 0x0903, (243, 64): 0x1003}
"""By e_machine and bits: FLAG_ELF_LIBC6 with FLAG_X8664_LIB64, FLAG_X8664_LIBX32, none, FLAG_AARCH64_LIB64,
FLAG_ARM_LIBHF, FLAG_RISCV_FLOAT_ABI_DOUBLE.
"""
_FLAGS[21, 64] = 0x0503  # FLAG_POWERPC_LIB64


class Library(Struct, frozen=True):
    """A row: the name that programs ask for, the absolute path of the file, what it is for (``flags``), and the
    directory below glibc-hwcaps that it is in ("x86-64-v3"), if any.
    """

    name: str
    path: str
    flags: int
    hwcaps: str = ""


def flags(machine: int, bits: int) -> int | None:
    """What libraries of a machine (e_machine, 32 or 64 bits) are marked with; None for those not known here."""
    return _FLAGS.get((machine, bits))


def cache(libraries: Iterable[Library]) -> bytes:
    """The file. Of equal rows (name, flags, hwcaps) all are written, and the first of them is found."""
    rows = sorted(libraries, key=cmp_to_key(_order))
    hwcaps = sorted({row.hwcaps for row in rows if row.hwcaps})
    strings = _Strings(_HEADER.size + _ROW.size * len(rows))
    table = [
        _ROW.pack(row.flags, *strings.named(row), 0, _HWCAP_EXTENSION | hwcaps.index(row.hwcaps) if row.hwcaps else 0)
        for row in rows
    ]
    names = [strings.add(name) for name in hwcaps]
    texts = bytes(strings.data)
    end = _HEADER.size + _ROW.size * len(rows) + len(texts)
    at = (end + 3) // 4 * 4
    extensions = _extensions(names, at) if names else b""
    header = _HEADER.pack(b"glibc-ld.so.cache", b"1.1", len(rows), len(texts), _LITTLE_ENDIAN, at if extensions else 0)
    return header + b"".join(table) + texts + (b"\0" * (at - end) + extensions if extensions else b"")


class _Strings:
    """Strings that end with a zero byte, at offsets from the start of the file."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.data = bytearray()
        self.at: dict[str, int] = {}

    def add(self, string: str) -> int:
        if string not in self.at:
            self.at[string] = self.start + len(self.data)
            self.data += string.encode("utf-8", "surrogateescape") + b"\0"
        return self.at[string]

    def named(self, row: Library) -> tuple[int, int]:
        """Where the name and the path are: the name is mostly the end of the path."""
        path = self.add(row.path)
        if row.path.endswith("/" + row.name):
            return path + len(row.path.encode("utf-8", "surrogateescape")) - len(
                row.name.encode("utf-8", "surrogateescape")
            ), path
        return self.add(row.name), path


def _extensions(names: Sequence[int], at: int) -> bytes:
    """The extension directory with one section, the names of the hwcaps."""
    section = at + 8 + 16
    size = 4 * len(names)
    return struct.pack(f"<II4I{len(names)}I", _EXTENSIONS, 1, _HWCAPS_TAG, 0, section, size, *names)


def _order(a: Library, b: Library) -> int:
    """Descending names and flags, as the loader's search wants them; in a hwcaps directory before others."""
    if order := compare(b.name, a.name):
        return order
    if a.flags != b.flags:
        return 1 if a.flags < b.flags else -1
    if a.hwcaps != b.hwcaps:
        if not a.hwcaps or not b.hwcaps:
            return 1 if not a.hwcaps else -1
        return -1 if a.hwcaps < b.hwcaps else 1
    return 0


def compare(a: str, b: str) -> int:
    """The order of names: digits by their number, before which other characters stand (_dl_cache_libcmp)."""
    first, second = a.encode("utf-8", "surrogateescape") + b"\0", b.encode("utf-8", "surrogateescape") + b"\0"
    i = j = 0
    while first[i]:
        digits = _is_digit(first[i]), _is_digit(second[j])
        if digits == (True, True):
            x, i = _number(first, i)
            y, j = _number(second, j)
            if x != y:
                return 1 if x > y else -1
        elif any(digits):
            return 1 if digits[0] else -1
        elif first[i] != second[j]:
            break
        else:
            i, j = i + 1, j + 1
    return _signed(first[i]) - _signed(second[j])


def _is_digit(byte: int) -> bool:
    return 0x30 <= byte <= 0x39


def _signed(byte: int) -> int:
    """A C char; on amd64 and i386 they are signed, elsewhere not, which no name of Debian's shows."""
    return byte - 256 if byte > 127 else byte


def _number(text: bytes, at: int) -> tuple[int, int]:
    """A number as a C int, and where it ends."""
    value = 0
    while _is_digit(text[at]):
        value = (value * 10 + text[at] - 0x30) & 0xFFFFFFFF
        at += 1
    return value - (1 << 32) if value >> 31 else value, at
