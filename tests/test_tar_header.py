"""Single headers: numbers, names, checksums."""

import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave import tar_header
from shave.errors import BadImageError


@given(st.integers(-(2**62), 2**62))
def test_numbers_as_tarfile_writes_them(value: int) -> None:
    assert tar_header.number(tarfile.itn(value, 12, tarfile.GNU_FORMAT)) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [(b"0000644\0", 0o644), (b"   644 \0", 0o644), (b"644     ", 0o644), (b"\0" * 8, 0), (b" " * 8, 0)],
)
def test_numbers(field: bytes, value: int) -> None:
    assert tar_header.number(field) == value


@pytest.mark.parametrize(
    "field", [b"0000648\0", b"0x44\0\0\0\0", b"-000644\0", b"1_0\0\0\0\0\0", b"64 4\0\0\0\0", b"\0\x30\xff"]
)
def test_no_numbers(field: bytes) -> None:
    with pytest.raises(BadImageError, match="not octal"):
        tar_header.number(field)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"./a//b/", "a/b"),
        (b"/etc/x", "etc/x"),
        (b"./", ""),
        (b".", ""),
        (b"a/./b", "a/b"),
        (b".a/..b/c..", ".a/..b/c.."),
    ],
)
def test_normalise(raw: bytes, path: str) -> None:
    assert tar_header.normalise(raw) == path


@pytest.mark.parametrize("raw", [b"../a", b"a/../b", b"a/..", b"a\0b", b"a/" * 2049, b"a" * 256])
def test_impossible_paths(raw: bytes) -> None:
    with pytest.raises(BadImageError, match="path"):
        tar_header.normalise(raw)


@given(st.binary(min_size=512, max_size=512))
def test_checksums_as_tarfile_sums_them(block: bytes) -> None:
    unsigned, signed = tarfile.calc_chksums(block)
    for total in (unsigned, signed):
        if total >= 0:
            tar_header.verify(block[:148] + b"%06o\0 " % total + block[156:])
    with pytest.raises(BadImageError, match="checksum"):
        tar_header.verify(block[:148] + b"%06o\0 " % (unsigned + 1) + block[156:])
