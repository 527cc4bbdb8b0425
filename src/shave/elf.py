"""The little of an ELF file that decides what it needs to start: a struct reader over random access.

Source: System V ABI, gABI 4.1, chapters 4 and 5; ld.so(8).
"""

import struct
from collections.abc import Callable, Iterator

from msgspec import Struct

Reader = Callable[[int, int], bytes]
"""``read(offset, length)``: fewer bytes at the end of the file."""

MAGIC = b"\x7fELF"
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
_DT_NULL, _DT_NEEDED, _DT_STRTAB, _DT_STRSZ, _DT_RPATH, _DT_RUNPATH = 0, 1, 5, 10, 15, 29
_LIMIT = 1 << 20
# Without these a table of a megabyte could name the same bytes in a terabyte of strings.
_MAX_NEEDED = 4096
_PATH_MAX = 4096


class Elf(Struct, frozen=True):
    """What an ELF file asks for. ``machine`` is e_machine, ``bits`` 32 or 64; empty strings where nothing is said."""

    bits: int
    little: bool
    machine: int
    interpreter: str = ""
    needed: tuple[str, ...] = ()
    rpath: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()

    @property
    def abi(self) -> tuple[int, bool, int]:
        """Two files can be loaded into one process only if this is equal."""
        return self.bits, self.little, self.machine


class _Segment(Struct, frozen=True):
    kind: int
    offset: int
    address: int
    length: int


def parse(read: Reader) -> Elf | None:
    """The needs of an ELF file; None if it is not one, or so broken that the loader would refuse it too."""
    try:
        return _parse(read)
    except (struct.error, UnicodeError, IndexError):
        return None


def _parse(read: Reader) -> Elf | None:
    head = read(0, 64)
    if head[:4] != MAGIC or head[4] not in (1, 2) or head[5] not in (1, 2):
        return None
    bits, little = (32, 64)[head[4] - 1], head[5] == 1
    order = "<" if little else ">"
    (machine,) = struct.unpack_from(order + "H", head, 18)
    segments = tuple(_segments(read, head, bits, order))
    interpreter = ""
    for segment in segments:
        if segment.kind == _PT_INTERP:
            interpreter = _text(read(segment.offset, min(segment.length, 4096)), 0)
    dynamic = [segment for segment in segments if segment.kind == _PT_DYNAMIC]
    if not dynamic:
        return Elf(bits, little, machine, interpreter)
    tags = tuple(_tags(read(dynamic[0].offset, min(dynamic[0].length, _LIMIT)), bits, order))
    strings = _strings(read, tags, segments)
    return Elf(
        bits,
        little,
        machine,
        interpreter,
        tuple(_text(strings, at) for at in [value for tag, value in tags if tag == _DT_NEEDED][:_MAX_NEEDED]),
        _paths(strings, tags, _DT_RPATH),
        _paths(strings, tags, _DT_RUNPATH),
    )


def _segments(read: Reader, head: bytes, bits: int, order: str) -> Iterator[_Segment]:
    if bits == 64:
        (table,) = struct.unpack_from(order + "Q", head, 32)
        size, count = struct.unpack_from(order + "HH", head, 54)
    else:
        (table,) = struct.unpack_from(order + "I", head, 28)
        size, count = struct.unpack_from(order + "HH", head, 42)
    data = read(table, min(size * count, _LIMIT))
    for at in range(0, len(data) - size + 1 if size else 0, size or 1):
        if bits == 64:
            kind, _, offset, address, _, length = struct.unpack_from(order + "IIQQQQ", data, at)
        else:
            kind, offset, address, _, length = struct.unpack_from(order + "IIIII", data, at)
        yield _Segment(kind, offset, address, length)


def _tags(data: bytes, bits: int, order: str) -> Iterator[tuple[int, int]]:
    for tag, value in struct.iter_unpack(order + ("qQ" if bits == 64 else "iI"), data[: len(data) // 16 * 16]):
        if tag == _DT_NULL:
            return
        yield tag, value


def _strings(read: Reader, tags: tuple[tuple[int, int], ...], segments: tuple[_Segment, ...]) -> bytes:
    values = dict(tags)
    address, size = values.get(_DT_STRTAB, 0), min(values.get(_DT_STRSZ, 0), 16 * _LIMIT)
    for segment in segments:
        if segment.kind == _PT_LOAD and segment.address <= address < segment.address + segment.length:
            return read(address - segment.address + segment.offset, size)
    return b""


def _text(data: bytes, at: int, longest: int = _PATH_MAX) -> str:
    end = data.find(b"\0", at, at + longest)
    return data[at : end if end >= 0 else at + longest].decode("utf-8", "surrogateescape")


def _paths(strings: bytes, tags: tuple[tuple[int, int], ...], wanted: int) -> tuple[str, ...]:
    """The parts of a search path; of several tags the last counts, as for ld.so (elf_get_dynamic_info)."""
    at = dict(tags).get(wanted)
    return tuple(part for part in _text(strings, at, _LIMIT).split(":") if part) if at is not None else ()
