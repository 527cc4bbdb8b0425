"""Compressed streams against gzip and zstd of the standard library and the command line."""

import gzip
import random
import subprocess
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.compression import compress_gzip, compress_zstd, decompress, detect
from shave.errors import BadImageError

TEXT = b"".join(b"line %d of a layer\n" % number for number in range(100_000))
NOISE = random.Random(1).randbytes(300_000)
SKIPPABLE = b"\x52\x2a\x4d\x18\x05\x00\x00\x00about"


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def unpacked(data: bytes, size: int = 64 << 10) -> bytes:
    return b"".join(decompress(pieces(data, size), detect(data[:6])))


@pytest.mark.parametrize(
    ("first", "compression"),
    [
        (b"\x1f\x8b\x08", "gzip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (SKIPPABLE[:6], "zstd"),
        (b"etc/pa", "none"),
        (b"", "none"),
    ],
)
def test_detect(first: bytes, compression: str) -> None:
    assert detect(first, "application/vnd.oci.image.layer.v1.tar") == compression


@pytest.mark.parametrize("first", [b"BZh91A", b"\xfd7zXZ\x00"])
def test_detect_what_is_not_read(first: bytes) -> None:
    with pytest.raises(BadImageError, match="compressed with"):
        detect(first)


@pytest.mark.parametrize("suffix", ["+gzip", ".gzip", "+zstd"])
def test_detect_a_promise_not_kept(suffix: str) -> None:
    with pytest.raises(BadImageError, match="promises"):
        detect(b"etc/pa", "application/vnd.oci.image.layer.v1.tar" + suffix)


@pytest.mark.parametrize("size", [1, 1000, 1 << 20])
def test_gzip_members(size: int) -> None:
    data = gzip.compress(b"first") + gzip.compress(b"") + gzip.compress(TEXT[:5000])
    assert unpacked(data, size) == b"first" + TEXT[:5000]


def test_gzip_chunks_are_bounded_whatever_the_ratio() -> None:
    chunks = list(decompress([gzip.compress(bytes(50_000_000))], "gzip"))
    assert max(map(len, chunks)) <= 128 << 10
    assert sum(map(len, chunks)) == 50_000_000


@pytest.mark.parametrize("at", [-1, -5, -200, 10, 100])
def test_gzip_broken(at: int) -> None:
    data = bytearray(gzip.compress(NOISE))
    data[at] ^= 0x41
    with pytest.raises(BadImageError, match="gzip stream is broken"):
        unpacked(bytes(data))


@pytest.mark.parametrize("length", [1, 9, 11, 5000, -1, -8])
def test_gzip_cut_off(length: int) -> None:
    with pytest.raises(BadImageError, match="cut off"):
        b"".join(decompress([gzip.compress(NOISE)[:length]], "gzip"))


@pytest.mark.parametrize("garbage", [b"x" * 20, bytes(512)])
def test_gzip_trailing_garbage(garbage: bytes) -> None:
    with pytest.raises(BadImageError, match="gzip stream"):
        unpacked(gzip.compress(TEXT) + garbage)


def test_zstd_frames() -> None:
    first, second = b"".join(compress_zstd([TEXT])), b"".join(compress_zstd([b"second"]))
    assert unpacked(SKIPPABLE + first + SKIPPABLE + second + SKIPPABLE, 1000) == TEXT + b"second"


@pytest.mark.parametrize("change", [-1, -100])
def test_zstd_broken(change: int) -> None:
    data = bytearray(b"".join(compress_zstd([NOISE])))
    data[change] ^= 1
    with pytest.raises(BadImageError, match="zstd stream is broken"):
        unpacked(bytes(data))


def test_zstd_cut_off() -> None:
    with pytest.raises(BadImageError, match="cut off"):
        unpacked(b"".join(compress_zstd([NOISE]))[:-1])


def test_zstd_window_is_bounded() -> None:
    # A frame header that asks for a window of 2 GiB (RFC 8878, 3.1.1.1.2): exponent 21.
    with pytest.raises(BadImageError, match="zstd stream is broken"):
        unpacked(b"\x28\xb5\x2f\xfd\x00" + bytes([21 << 3]) + bytes(20))


@pytest.mark.parametrize("data", [b"", b"x", TEXT, NOISE, TEXT + NOISE, bytes(3 << 20)])
def test_compress_gzip_is_read_by_all(data: bytes) -> None:
    packed = b"".join(compress_gzip(pieces(data, 10_000)))
    assert gzip.decompress(packed) == unpacked(packed) == data
    assert subprocess.run(["gzip", "-dc"], input=packed, capture_output=True, check=True).stdout == data


def test_compress_gzip_loses_little_by_its_blocks() -> None:
    packed = b"".join(compress_gzip([TEXT]))
    assert len(packed) < 1.1 * len(zlib.compress(TEXT, 6))


@given(st.lists(st.integers(1, 400_000), max_size=12))
def test_compress_gzip_depends_on_the_bytes_only(cuts: list[int]) -> None:
    data, chunks = TEXT + NOISE, []
    for cut in cuts:
        chunks.append(data[:cut])
        data = data[cut:]
    whole = b"".join(chunks)
    assert b"".join(compress_gzip(chunks)) == b"".join(compress_gzip([whole]))
