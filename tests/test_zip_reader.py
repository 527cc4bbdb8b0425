"""Our reader of zip directories against the standard library's."""

import io
import struct
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave import zip_reader
from shave.errors import BadImageError
from shave.zip_reader import Member, Reader

MOST = 1 << 20
TEXT = b"text " * 100


def reader(data: bytes) -> Reader:
    return lambda offset, length: data[offset : offset + length]


def archive(*, comment: bytes = b"", before: bytes = b"", count: int = 2) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(count):
            file.writestr(f"{number}.txt", TEXT)
        file.writestr("stored.txt", TEXT, zipfile.ZIP_STORED)
        file.comment = comment
    return before + made.getvalue()


def members(data: bytes, most: int = MOST) -> list[Member]:
    return list(zip_reader.members(reader(data), len(data), (b".txt",), most))


@pytest.mark.parametrize(
    "data",
    [archive(), archive(comment=b"c" * 60_000), archive(before=b"#!/bin/sh\n" * 50), archive(count=0)],
    ids=["plain", "comment", "script before", "one"],
)
def test_each_member_as_zipfile_reads_it(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as theirs:
        assert [member.name for member in members(data)] == theirs.namelist()
        for member in members(data):
            assert zip_reader.beginning(reader(data), member, MOST) == theirs.read(member.name)


def test_zip64_where_there_are_too_many_members() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for number in range(66_000):
            file.writestr(zipfile.ZipInfo(str(number)), b"")
        file.writestr("last.txt", TEXT)
    for data in (made.getvalue(), b"before" + made.getvalue()):
        (member,) = members(data, 8 << 20)
        assert zip_reader.beginning(reader(data), member, MOST) == TEXT


def test_a_member_whose_numbers_have_no_place_in_its_entry() -> None:
    data = bytearray(archive(count=0))
    at = data.index(b"PK\1\2")
    wide = struct.pack("<HHQQQ", 1, 24, len(TEXT), len(TEXT), 0)
    data[at + 20 : at + 28] = data[at + 42 : at + 46] * 0 + b"\xff" * 8
    data[at + 42 : at + 46] = b"\xff" * 4
    data[at + 30 : at + 32] = struct.pack("<H", len(wide))
    end = data.index(b"PK\5\6")
    data[end + 12 : end + 16] = struct.pack("<I", end - at + len(wide))
    data[end:end] = wide
    (member,) = members(bytes(data))
    assert (member.packed_bytes, member.offset) == (len(TEXT), 0)


def test_a_stored_member_is_read_where_it_lies() -> None:
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as file:
        file.writestr("in.txt", archive())
    (member,) = members(outer.getvalue())
    inner = zip_reader.within(reader(outer.getvalue()), member)
    assert inner is not None
    assert [each.name for each in zip_reader.members(inner, member.packed_bytes, (b".txt",), MOST)][-1] == "stored.txt"
    assert inner(member.packed_bytes - 3, 10) == archive()[-3:]
    assert zip_reader.within(reader(archive()), members(archive())[0]) is None


def test_only_the_beginning_is_unpacked() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("zeros.txt", bytes(50 << 20))
    (member,) = members(made.getvalue())
    assert zip_reader.beginning(reader(made.getvalue()), member, 1000) == bytes(1000)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[:-30], "it has no directory: it is cut off, or no archive"),
        (lambda data: b"PK\3\4", "it has no directory: it is cut off, or no archive"),
        (lambda data: data.replace(b"PK\1\2", b"PK\1\3"), "its directory is broken at byte 0 of 158"),
        (lambda data: data[:-6] + b"\xff\xff\xff\x7f\0\0", "its directory of 158 bytes at 2147483647 cannot stand"),
        (lambda data: archive(count=20_000), "its directory has .* bytes, more than are looked at"),
        (lambda data: data.replace(b"PK\3\4", b"PK\3\5"), "'0.txt' is not where the directory says"),
        (lambda data: data.replace(b"PK\1\2\x14\3\x14\0\0\0\x08", b"PK\1\2\x14\3\x14\0\0\0\x0c"), "unknown method 12"),
        (lambda data: data.replace(b"PK\1\2\x14\3\x14\0\0", b"PK\1\2\x14\3\x14\0\1"), "'0.txt' is encrypted"),
        (lambda data: data[:35] + b"\xff" * 8 + data[43:], "'0.txt' cannot be unpacked"),
    ],
)
def test_what_is_broken_is_named(change: object, words: str) -> None:
    data = change(archive())  # type: ignore[operator]
    with pytest.raises(BadImageError, match=words):
        for member in members(data):
            zip_reader.beginning(reader(data), member, MOST)


@given(st.binary(max_size=60), st.integers(0, 1200))
def test_no_archive_is_too_strange(garbage: bytes, at: int) -> None:
    data = archive(comment=b"c")
    data = data[:at] + garbage + data[at + len(garbage) :]
    try:
        for member in members(data):
            assert len(zip_reader.beginning(reader(data), member, MOST)) <= MOST
    except BadImageError:
        pass


def _jars() -> Iterator[Path]:
    for directory in ("/usr/share/java", "/usr/share/ca-certificates-java"):
        yield from sorted(Path(directory).glob("*.jar"))


@pytest.mark.oracle
def test_zipfile_says_the_same_of_the_archives_of_this_machine() -> None:
    archives = [*_jars(), *Path(zipfile.__file__).parents[1].rglob("*.whl")]
    for path in archives:
        data = path.read_bytes()
        with zipfile.ZipFile(path) as theirs:
            ours = zip_reader.members(partial(_read, data), len(data), (b"",), 8 << 20)
            assert [member.name for member in ours] == theirs.namelist(), path


def _read(data: bytes, offset: int, length: int) -> bytes:
    return data[offset : offset + length]
