"""Bundles of every version that .NET has written."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assemblies import MARK, bundle
from elves import program
from shave.dotnet_bundle import File, files
from shave.errors import BadImageError

FILES = {"app.dll": b"MZ assembly", "de/app.resources.dll": b"MZ", "app.deps.json": b"{}"}


def of(data: bytes) -> tuple[File, ...]:
    return files(lambda offset, length: data[offset : offset + length], len(data))


@pytest.mark.parametrize("major", [1, 2, 6])
def test_each_file_lies_where_it_is_said_to(major: int) -> None:
    data = bundle(FILES, major=major)
    found = of(data)
    assert {file.path: data[file.offset : file.offset + file.size] for file in found} == FILES
    assert not any(file.packed for file in found)


def test_a_packed_file() -> None:
    assert [file.packed for file in of(bundle(FILES, packed=("app.dll",)))] == [True, False, False]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        program({".data": bytes(8) + MARK}, b"appended"),
        program({".data": bytes(40)}, b"appended"),
        program({".data": struct.pack("<q", 1 << 40) + MARK}, b"appended"),
        bundle(FILES)[: -len(bundle({}))],
    ],
)
def test_what_is_no_bundle(data: bytes) -> None:
    assert of(data) == ()


@pytest.mark.parametrize(
    "data",
    [bundle(FILES)[:-1], bundle(FILES).replace(struct.pack("<IIi", 6, 0, 3), struct.pack("<IIi", 6, 0, 1 << 30))],
)
def test_a_list_that_is_cut_off(data: bytes) -> None:
    with pytest.raises(BadImageError, match="the list of the files bundled with it is cut off"):
        of(data)


@given(st.binary(max_size=60), st.integers(0, 900))
def test_no_bundle_is_too_strange(garbage: bytes, at: int) -> None:
    data = bundle(FILES)
    with suppress(BadImageError):
        of(data[:at] + garbage + data[at + len(garbage) :])
