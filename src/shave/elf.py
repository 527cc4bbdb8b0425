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
_PF_W, _SHT_NOBITS, _ET_EXEC, _ET_DYN, _ET_CORE = 2, 8, 2, 3, 4
_DT_NULL, _DT_NEEDED, _DT_STRTAB, _DT_STRSZ, _DT_RPATH, _DT_RUNPATH = 0, 1, 5, 10, 15, 29
_DT_SONAME = 14
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
    soname: str = ""

    @property
    def abi(self) -> tuple[int, bool, int]:
        """Two files can be loaded into one process only if this is equal."""
        return self.bits, self.little, self.machine


class Dynamic(Struct, frozen=True):
    """What the dynamic loader reads first: the tags in order, and the strings that some of them point into."""

    order: str
    tags: tuple[tuple[int, int], ...]
    strings: bytes

    def text(self, at: int) -> str:
        """The string that begins there."""
        return _text(self.strings, at)


class Segment(Struct, frozen=True):
    """A part of the file as the loader sees it: ``length`` bytes at ``offset``, at ``address`` in memory."""

    kind: int
    writable: bool
    offset: int
    address: int
    length: int


class Section(Struct, frozen=True):
    """A part of the file as the linker made it: ``size`` bytes at ``offset``."""

    offset: int
    size: int


class _Header(Struct, frozen=True):
    """The file header, in the order of its fields; tables are at an offset, with so many rows of so many bytes."""

    bits: int
    order: str
    kind: int
    machine: int
    version: int
    entry: int
    segments: int
    sections: int
    flags: int
    size: int
    segment_size: int
    segment_count: int
    section_size: int
    section_count: int
    names: int


def parse(read: Reader) -> Elf | None:
    """The needs of an ELF file; None if it is not one, or so broken that the loader would refuse it too."""
    try:
        return _parse(read)
    except (struct.error, UnicodeError, IndexError):
        return None


def dynamic(read: Reader) -> Dynamic | None:
    """The dynamic section; None if there is none, or the file is no ELF file or broken."""
    try:
        header = _header(read)
        return _dynamic(read, header, tuple(_segments(read, header))) if header else None
    except (struct.error, IndexError):
        return None


def segments(read: Reader) -> tuple[Segment, ...]:
    """What the loader is told to map; none if it is no ELF file, or a broken one."""
    try:
        header = _header(read)
        return tuple(_segments(read, header)) if header else ()
    except (struct.error, IndexError):
        return ()


def data_segment(read: Reader) -> Segment | None:
    """The first that is mapped and writable."""
    return next((each for each in segments(read) if each.kind == _PT_LOAD and each.writable), None)


def at_address(read: Reader, address: int, length: int) -> bytes:
    """Bytes by their address in memory, as far as one segment has them in the file."""
    for segment in segments(read):
        if segment.kind == _PT_LOAD and segment.address <= address < segment.address + segment.length:
            at = address - segment.address
            return read(segment.offset + at, min(length, segment.length - at))
    return b""


def section_names(read: Reader) -> bytes:
    """The names of the sections of a program or shared library, each ended by a zero byte; empty if there are none."""
    table, _ = _sections(read)
    return table


def section(read: Reader, name: str) -> Section | None:
    """The section of that name of a program or shared library."""
    names, sections = _sections(read)
    wanted = name.encode() + b"\0"
    if wanted not in names:  # it may stand there as the end of a longer name
        return None
    return next((found for at, found in sections if names.startswith(wanted, at)), None)


def named_sections(read: Reader) -> Iterator[tuple[str, Section]]:
    """The sections of a program or shared library with their names; none where there is no table or a broken one."""
    try:
        names, found = _sections(read)
        for at, each in found:
            yield _text(names, at), each
    except struct.error:
        return


def is_core(read: Reader) -> bool:
    """Whether it is a core dump."""
    header = _header(read)
    return header is not None and header.kind == _ET_CORE


def sections_end(read: Reader) -> int:
    """Where the section table ends, which linkers put last: what stands behind it was appended; 0 if there is none."""
    header = _header(read)
    return header.sections + header.section_size * header.section_count if header and header.sections else 0


def _header(read: Reader) -> _Header | None:
    head = read(0, 64)
    if len(head) < 52 or head[:4] != MAGIC or head[4] not in (1, 2) or head[5] not in (1, 2):
        return None
    bits, order = (32, 64)[head[4] - 1], ("<", ">")[head[5] - 1]
    fields = order + ("HHIQQQIHHHHHH" if bits == 64 else "HHIIIIIHHHHHH")
    return _Header(bits, order, *struct.unpack_from(fields, head.ljust(64, b"\0"), 16))


def _parse(read: Reader) -> Elf | None:
    header = _header(read)
    if header is None:
        return None
    bits, little, machine = header.bits, header.order == "<", header.machine
    segments = tuple(_segments(read, header))
    interpreter = ""
    for segment in segments:
        if segment.kind == _PT_INTERP:
            interpreter = _text(read(segment.offset, min(segment.length, 4096)), 0)
    dynamic = _dynamic(read, header, segments)
    if dynamic is None:
        return Elf(bits, little, machine, interpreter)
    tags, strings = dynamic.tags, dynamic.strings
    soname = dict(tags).get(_DT_SONAME)
    return Elf(
        bits,
        little,
        machine,
        interpreter,
        tuple(dynamic.text(at) for at in [value for tag, value in tags if tag == _DT_NEEDED][:_MAX_NEEDED]),
        _paths(strings, tags, _DT_RPATH),
        _paths(strings, tags, _DT_RUNPATH),
        dynamic.text(soname) if soname is not None else "",
    )


def _dynamic(read: Reader, header: _Header, segments: tuple[Segment, ...]) -> Dynamic | None:
    found = next((segment for segment in segments if segment.kind == _PT_DYNAMIC), None)
    if found is None:
        return None
    tags = tuple(_tags(read(found.offset, min(found.length, _LIMIT)), header.bits, header.order))
    return Dynamic(header.order, tags, _strings(read, tags, segments))


def _segments(read: Reader, header: _Header) -> Iterator[Segment]:
    for row in _rows(read, header.segments, header.segment_size, header.segment_count):
        if header.bits == 64:
            kind, flags, offset, address, _, length = struct.unpack_from(header.order + "IIQQQQ", row)
        else:
            kind, offset, address, _, length, _, flags = struct.unpack_from(header.order + "IIIIIII", row)
        yield Segment(kind, bool(flags & _PF_W), offset, address, length)


def _rows(read: Reader, offset: int, size: int, count: int) -> list[bytes]:
    """The rows of a table; a longer table than any file has is cut."""
    data = read(offset, min(size * count, _LIMIT)) if size else b""
    return [data[at : at + size] for at in range(0, len(data) - size + 1, size or 1)]


def _sections(read: Reader) -> tuple[bytes, Iterator[tuple[int, Section]]]:
    """The names, and the sections, each with where its name stands."""
    header = _header(read)
    if header is None or header.kind not in (_ET_EXEC, _ET_DYN):
        return b"", iter(())
    rows = _rows(read, header.sections, header.section_size, header.section_count)
    if header.names >= len(rows) or header.section_size != (64 if header.bits == 64 else 40):
        return b"", iter(())
    _, table = _section(rows[header.names], header)
    return read(table.offset, min(table.size, _LIMIT)), (_section(row, header) for row in rows)


def _section(data: bytes, header: _Header) -> tuple[int, Section]:
    wide = header.bits == 64
    name, kind, _, _, offset, size = struct.unpack_from(header.order + ("IIQQQQ" if wide else "IIIIII"), data)
    return name, Section(offset, 0 if kind == _SHT_NOBITS else size)


def _tags(data: bytes, bits: int, order: str) -> Iterator[tuple[int, int]]:
    for tag, value in struct.iter_unpack(order + ("qQ" if bits == 64 else "iI"), data[: len(data) // 16 * 16]):
        if tag == _DT_NULL:
            return
        yield tag, value


def _strings(read: Reader, tags: tuple[tuple[int, int], ...], segments: tuple[Segment, ...]) -> bytes:
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
