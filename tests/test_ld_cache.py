"""Caches of the loader as ldconfig reads them."""

import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.ld_cache import Library, cache, compare, flags

NAMES = st.from_regex(r"lib[a-c]{1,2}[0-9]{0,3}\.so(\.[0-9]{1,12}){0,2}", fullmatch=True)
LIBRARIES = st.builds(
    lambda name, directory, kind, level: Library(name, f"/{directory}/{name}", kind, level),
    NAMES,
    st.sampled_from(["lib", "usr/lib"]),
    st.sampled_from([0x0303, 0x0003]),
    st.sampled_from(["", "", "x86-64-v2", "x86-64-v3"]),
)


def printed(place: Path) -> list[str]:
    """The rows that ldconfig finds, in their order."""
    ended = subprocess.run(["ldconfig", "-p", "-C", place], capture_output=True, text=True, check=True)
    return [line.strip() for line in ended.stdout.splitlines() if line.startswith("\t")]


def row(library: Library) -> str:
    kind = "libc6,x86-64" if library.flags == 0x0303 else "libc6"
    level = f', hwcap: "{library.hwcaps}"' if library.hwcaps else ""
    return f"{library.name} ({kind}{level}) => {library.path}"


@pytest.mark.oracle
@given(st.lists(LIBRARIES, max_size=12, unique=True))
def test_ldconfig_reads_every_row(tmp_path_factory: pytest.TempPathFactory, libraries: list[Library]) -> None:
    place = tmp_path_factory.getbasetemp() / "ld.so.cache"
    place.write_bytes(cache(libraries))
    assert sorted(printed(place)) == sorted(map(row, libraries))


@given(st.lists(NAMES, min_size=3, max_size=3))
def test_names_have_one_order(names: list[str]) -> None:
    a, b, c = names
    assert compare(a, b) == -compare(b, a) or (compare(a, b) < 0) == (compare(b, a) > 0)
    assert not (compare(a, b) < 0 and compare(b, c) < 0) or compare(a, c) < 0


def test_digits_count_as_numbers_and_stand_after_other_characters() -> None:
    ordered = ["libc.so.1", "libc.so.2", "libc.so.10", "libc1.so"]
    assert all(compare(first, second) < 0 for first, second in pairwise(ordered))


def test_numbers_are_those_of_c() -> None:
    assert compare("lib4294967296.so", "lib0.so") == 0


def test_a_machine_that_nobody_knows_has_no_flags() -> None:
    assert (flags(62, 64), flags(183, 64), flags(9999, 64)) == (0x0303, 0x0A03, None)
