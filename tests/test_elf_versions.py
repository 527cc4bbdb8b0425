"""Versions of symbols as pyelftools reads them, on the programs and libraries of this machine."""

import struct
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerDefSection, GNUVerNeedSection
from hypothesis import given
from hypothesis import strategies as st

from shave.elf_versions import Versions, versions

WEAK = 2


def of(data: bytes) -> Versions:
    return versions(lambda offset, length: data[offset : offset + length])


def by_pyelftools(path: Path) -> tuple[list[tuple[str, str]], set[str]]:
    wanted, defined = list[tuple[str, str]](), set[str]()
    with path.open("rb") as file:
        for section in ELFFile(file).iter_sections():
            if isinstance(section, GNUVerNeedSection):
                for need, names in section.iter_versions():
                    wanted += [(need.name, each.name) for each in names if not each["vna_flags"] & WEAK]
            elif isinstance(section, GNUVerDefSection):
                defined |= {next(iter(names)).name for _, names in section.iter_versions()}
    return wanted, defined


def test_agrees_with_pyelftools() -> None:
    places = (Path("/usr/bin"), Path("/usr/lib/x86_64-linux-gnu"))
    files = [path for place in places for path in sorted(place.glob("*")) if path.is_file() and not path.is_symlink()]
    files = [path for path in files if path.stat().st_size < 3_000_000 and path.open("rb").read(4) == b"\x7fELF"][:250]
    assert len(files) > 50
    for path in files:
        found = of(path.read_bytes())
        assert ([(each.soname, each.version) for each in found.wanted], set(found.defined)) == by_pyelftools(path), path


def test_what_is_no_elf_file_has_none() -> None:
    assert of(b"") == of(b"#!/bin/sh\n" * 20) == of(Path("/bin/ls").read_bytes()[:900]) == Versions()


@given(st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, (1 << 32) - 1)), max_size=20))
def test_broken_files_end(changes: list[tuple[int, int]]) -> None:
    data = bytearray(Path("/lib/x86_64-linux-gnu/libdl.so.2").read_bytes())
    for at, number in changes:
        struct.pack_into("<I", data, at % (len(data) - 4), number)
    of(bytes(data))
