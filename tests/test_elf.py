"""Our reader against pyelftools on the programs and libraries of this machine."""

import struct
from functools import partial
from pathlib import Path

import pytest
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.segments import InterpSegment
from hypothesis import given
from hypothesis import strategies as st

from shave.elf import Elf, Section, at_address, data_segment, parse, section, section_names, sections_end


def of(path: Path) -> Elf | None:
    data = path.read_bytes()
    return parse(lambda offset, length: data[offset : offset + length])


def machine_files() -> list[Path]:
    found = [
        path
        for directory in ("/usr/bin", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu")
        for path in sorted(Path(directory).glob("*"))
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 4_000_000
    ]
    return [path for path in found if path.open("rb").read(4) == b"\x7fELF"][:300]


def test_agrees_with_pyelftools() -> None:
    files = machine_files()
    assert len(files) > 50
    for path in files:
        ours = of(path)
        assert ours is not None, path
        with path.open("rb") as file:
            theirs = ELFFile(file)
            segments = list(theirs.iter_segments())
            dynamics = [segment for segment in segments if isinstance(segment, DynamicSegment)]
            dynamic = [tag for segment in dynamics for tag in segment.iter_tags()]
            interpreters = [segment.get_interp_name() for segment in segments if isinstance(segment, InterpSegment)]
            assert ours.needed == tuple(tag.needed for tag in dynamic if tag.entry.d_tag == "DT_NEEDED"), path
            assert ours.interpreter == "".join(interpreters), path
            runpath = [tag.runpath for tag in dynamic if tag.entry.d_tag == "DT_RUNPATH"]
            assert ":".join(ours.runpath) == "".join(runpath), path
            assert ours.bits == theirs.elfclass


def test_sections_are_where_pyelftools_finds_them() -> None:
    for path in machine_files()[::10]:
        data = path.read_bytes()
        read = partial(_read, data)
        with path.open("rb") as file:
            theirs = ELFFile(file)
            sections = [each for each in theirs.iter_sections() if each.name and each["sh_type"] != "SHT_NOBITS"]
            assert section_names(read) == theirs.get_section(theirs["e_shstrndx"]).data(), path
            assert sections_end(read) == theirs["e_shoff"] + theirs["e_shnum"] * theirs["e_shentsize"]
            for each in sections:
                assert section(read, each.name) == Section(each["sh_offset"], each["sh_size"]), (path, each.name)
        assert section(read, ".none") is None


def _read(data: bytes, offset: int, length: int) -> bytes:
    return data[offset : offset + length]


def test_the_writable_data_by_file_and_by_address() -> None:
    read = partial(_read, Path("/bin/ls").read_bytes())
    data = data_segment(read)
    assert data is not None
    assert at_address(read, data.address + 8, 16) == read(data.offset + 8, 16)
    assert at_address(read, 1 << 60, 16) == b""


def test_a_table_cannot_name_more_than_it_holds() -> None:
    strings = b"a" * (1 << 20)
    tags = [*((1, at) for at in range(20_000)), *((15, at) for at in range(20_000)), (5, 1 << 28), (10, len(strings))]
    table = b"".join(struct.pack("<qQ", *tag) for tag in (*tags, (0, 0)))
    start = 64 + 2 * 56
    segments = ((1, start + len(table), 1 << 28, len(strings)), (2, start, 1 << 29, len(table)))
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, len(segments), 64, 0, 0)
    for kind, offset, address, length in segments:
        head += struct.pack("<IIQQQQQQ", kind, 4, offset, address, 0, length, length, 1)
    data = head + table + strings
    found = parse(lambda offset, length: data[offset : offset + length])
    assert found is not None
    assert sum(map(len, (*found.needed, *found.rpath))) < 18 << 20


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"#!/bin/sh\n", b"\x7fELF\x02\x01" + b"\xff" * 58])
def test_what_is_not_an_elf_file(data: bytes) -> None:
    assert parse(lambda offset, length: data[offset : offset + length]) is None or data[4:6] == b"\x02\x01"


@given(st.binary(max_size=64), st.integers(0, 600))
def test_garbage_never_raises(garbage: bytes, at: int) -> None:
    data = bytearray(Path("/bin/true").read_bytes())
    data[at : at + len(garbage)] = garbage
    parse(lambda offset, length: bytes(data[offset : offset + length]))
    read = partial(_read, bytes(data))
    section(read, ".data")
    data_segment(read)
    sections_end(read)
