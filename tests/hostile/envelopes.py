"""Compressed streams: bombs, and what RFC 1952 and RFC 8878 allow that few expect."""

import bz2
import gzip
import lzma
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from hostile.case import Case, Layout, blob
from hostile.tars import base256, file, header, stream
from shave.compression import compress_zstd
from shave.oci import OCI_LAYER

PLAIN = stream(file(b"f", b"x" * 1000))
HALF = len(PLAIN) // 2
TREE = {"f": b"x" * 1000}


def packed(plain: bytes) -> bytes:
    return b"".join(compress_zstd([plain]))


GZIP = f"{OCI_LAYER}+gzip"
ZSTD = f"{OCI_LAYER}+zstd"
ZIPPED = gzip.compress(PLAIN, mtime=0)
FRAME = packed(PLAIN)
SKIPPABLE = b"\x50\x2a\x4d\x18" + struct.pack("<L", 1000) + bytes(1000)
FLAGS = b"\x1f\x8b\x08\x1c" + bytes(6)
EXTRA = struct.pack("<H", 60_000) + bytes(60_000) + b"a name\0a comment\0"
MEBIBYTE = 1 << 20


def changed(data: bytes, at: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def gzip_bomb(size: int) -> Callable[[Path], str]:
    """A thousandth of ``size`` bytes that become so many: a mebibyte of zeros, deflated once and repeated."""

    def make(directory: Path) -> str:
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        begin = deflate.compress(_header(size)) + deflate.flush(zlib.Z_FULL_FLUSH)
        repeated = deflate.compress(bytes(MEBIBYTE)) + deflate.flush(zlib.Z_FULL_FLUSH)
        return _bomb(directory, b"\x1f\x8b\x08" + bytes(7) + begin + repeated * (size // MEBIBYTE), GZIP)

    return make


def zstd_bomb(size: int) -> Callable[[Path], str]:
    """A block of one repeated byte is four bytes for 128 KiB (RFC 8878, 3.1.1.2)."""

    def make(directory: Path) -> str:
        raw = struct.pack("<L", 512 << 3)[:3] + _header(size)
        repeated = struct.pack("<L", (128 << 10) << 3 | 1 << 1)[:3] + b"\0"
        return _bomb(directory, b"\x28\xb5\x2f\xfd\x00\x40" + raw + repeated * (size // (128 << 10)), ZSTD)

    return make


def _header(size: int) -> bytes:
    return header(b"zeros", size=base256(size, 12))


def _bomb(directory: Path, data: bytes, media_type: str) -> str:
    layout = Layout(directory / "image")
    return layout.index(layout.packed([layout.blob(data, media_type)], ["sha256:" + "0" * 64]))


def window(log: int) -> bytes:
    """A frame that wants a window of ``1 << log`` bytes and holds nothing."""
    return b"\x28\xb5\x2f\xfd\x00" + bytes([(log - 10) << 3]) + b"\x01\x00\x00"


CASES = (
    Case("two gzip members", blob(gzip.compress(PLAIN[:HALF]) + gzip.compress(PLAIN[HALF:]), PLAIN), tree=TREE),
    Case("a thousand empty gzip members", blob(gzip.compress(b"") * 1000 + ZIPPED, PLAIN), tree=TREE),
    Case("gzip with garbage behind", blob(ZIPPED + b"garbage" * 9, PLAIN), says="gzip stream is broken"),
    Case("gzip with zeros behind", blob(ZIPPED + bytes(512), PLAIN), says="gzip stream is broken"),
    Case("gzip with a wrong checksum", blob(changed(ZIPPED, -8), PLAIN), says="gzip stream is broken"),
    Case("gzip with a wrong length", blob(changed(ZIPPED, -1), PLAIN), says="gzip stream is broken"),
    Case("gzip cut off", blob(ZIPPED[:-9], PLAIN), says="gzip stream is cut off"),
    Case("gzip with every field of its header", blob(FLAGS + EXTRA + ZIPPED[10:], PLAIN), tree=TREE),
    Case(
        "gzip with a name that never ends",
        blob(b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 1_000_000, PLAIN),
        says="gzip stream",
    ),
    Case("gzip with a reserved flag", blob(b"\x1f\x8b\x08\xe0" + ZIPPED[4:], PLAIN), tree=TREE),
    Case("gzip of another method", blob(b"\x1f\x8b\x07" + ZIPPED[3:], PLAIN), says="gzip stream is broken"),
    Case("gzip in gzip", blob(gzip.compress(gzip.compress(bytes(range(256)) * 99)), PLAIN), says="at offset 0"),
    Case("gzip that is called plain", blob(ZIPPED, PLAIN, OCI_LAYER), tree=TREE),
    Case("gzip that is called zstd", blob(ZIPPED, PLAIN, ZSTD), tree=TREE),
    Case("plain that is called gzip", blob(PLAIN, PLAIN), says="not what its media type"),
    Case("two zstd frames", blob(packed(PLAIN[:HALF]) + packed(PLAIN[HALF:]), PLAIN, ZSTD), tree=TREE),
    Case("zstd with skippable frames", blob(SKIPPABLE + FRAME + SKIPPABLE, PLAIN, ZSTD), tree=TREE),
    Case(
        "a skippable frame that never ends",
        blob(FRAME + SKIPPABLE[:4] + b"\xff" * 4, PLAIN, ZSTD),
        says="zstd stream is cut off",
    ),
    Case("zstd with garbage behind", blob(FRAME + b"garbage", PLAIN, ZSTD), says="zstd stream is broken"),
    Case("zstd with a window of 2 GiB", blob(window(31), b"", ZSTD), says="zstd stream is broken"),
    Case("zstd with a window of an exabyte", blob(window(41), b"", ZSTD), says="zstd stream is broken"),
    Case(
        "zstd with a dictionary",
        blob(b"\x28\xb5\x2f\xfd\x01\x40\x07" + b"\x01\x00\x00", b"", ZSTD),
        says="zstd stream is broken",
    ),
    Case(
        "zstd that lies about its length",
        blob(b"\x28\xb5\x2f\xfd\x20\x09" + b"\x01\x00\x00", b"", ZSTD),
        says="zstd stream is broken",
    ),
    Case("a layer of bzip2", blob(bz2.compress(PLAIN), PLAIN), says="compressed with bzip2"),
    Case("a layer of xz", blob(lzma.compress(PLAIN), PLAIN), says="compressed with xz"),
    Case("a gzip bomb of 10 GiB", gzip_bomb(10 << 30), says="unpacks to more than", slow=True),
    Case("a zstd bomb of 1 TiB", zstd_bomb(1 << 40), says="unpacks to more than", slow=True),
)
