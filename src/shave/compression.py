"""Compressed streams of layers: which kind, its plain bytes, and gzip or zstd that depends on the input alone."""

import os
import re
import struct
import sys
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal

from isal import igzip_lib, isal_zlib
from msgspec import Struct
from zlib_ng import zlib_ng

from shave.errors import BadImageError, UsageError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Compression = Literal["gzip", "zstd", "none"]

OUTPUT = 128 << 10
BLOCK = 1 << 20
DICTIONARY = 32 << 10
# What zstd itself accepts without being asked (ZSTD_WINDOWLOG_LIMIT_DEFAULT): 128 MiB of memory.
WINDOW_LOG = 27
GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# RFC 1952: deflate, no flags, no time, no extra flags, unknown system: nothing of this machine gets in.
GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
UNREAD = {b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}


class Packing(Struct, frozen=True):
    """How a new layer is compressed: gzip 1 to 9, zstd 1 to 22; ``level`` means nothing to "none"."""

    compression: Compression = "gzip"
    level: int = 6

    def pack(self, plain: Iterable[bytes]) -> Iterator[bytes]:
        """The blob of a plain tar: the same bytes for the same tar, on any number of cores."""
        if self.compression == "gzip":
            return compress_gzip(plain, self.level)
        return compress_zstd(plain, self.level) if self.compression == "zstd" else iter(plain)


GZIP = Packing()
_LEVELS: dict[Compression, tuple[int, int]] = {"gzip": (6, 9), "zstd": (9, 22), "none": (0, 0)}
"""The usual level of each, and the highest."""


def packing(text: str) -> Packing:
    """``gzip``, ``gzip:9``, ``zstd``, ``zstd:19`` or ``none`` as a value. Raises UsageError for anything else."""
    name, colon, level = text.partition(":")
    for compression, (usual, highest) in _LEVELS.items():
        if compression == name and not colon:
            return Packing(compression, usual)
        if compression == name and re.fullmatch("[0-9]{1,2}", level) and 1 <= int(level) <= highest:
            return Packing(compression, int(level))
    raise UsageError(f"{text!r} is not a compression", "write gzip:1 to gzip:9, zstd:1 to zstd:22, or none")


def detect(first: bytes, media_type: str = "") -> Compression:
    """How a blob is compressed, by its ``first`` bytes (six or more of it, fewer if it is shorter).

    The bytes are believed before ``media_type``, which may lie. Raises BadImageError for a compression that is not
    read, and if the type promises one that the bytes have not. Source: RFC 1952, RFC 8878.
    """
    if first.startswith(GZIP_MAGIC):
        return "gzip"
    if first.startswith(ZSTD_MAGIC) or (first[1:4] == b"\x2a\x4d\x18" and first[0] >> 4 == 5):
        return "zstd"
    for magic, name in UNREAD.items():
        if first.startswith(magic):
            raise BadImageError(f"the blob is compressed with {name}", "OCI layers are gzip, zstd or plain tar")
    if media_type.endswith(("+gzip", ".gzip", "+zstd")):
        raise BadImageError(f"the blob is not what its media type {media_type} promises")
    return "none"


def decompress(packed: Iterable[bytes], compression: Compression) -> Iterator[bytes]:
    """The plain bytes of a stream in chunks of at most 128 KiB (plain chunks as they come).

    All gzip members or zstd frames are read and their checksums verified; what follows them must be another one.
    """
    if compression == "gzip":
        return _gunzip(packed)
    if compression == "zstd":
        return _unzstd(packed)
    return iter(packed)


def _gunzip(packed: Iterable[bytes]) -> Iterator[bytes]:
    member: igzip_lib.IgzipDecompressor | None = None
    for chunk in packed:
        while chunk:
            if member is None:
                member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
            try:
                yield member.decompress(chunk, OUTPUT)
                while not (member.eof or member.needs_input):
                    yield member.decompress(b"", OUTPUT)
            except isal_zlib.error as error:  # type: ignore[misc] # the stub makes a value of the class
                raise BadImageError(f"its gzip stream is broken: {error}") from error
            chunk = b""
            if member.eof:
                chunk, member = member.unused_data, None
    if member is not None:
        raise BadImageError("its gzip stream is cut off")


def _unzstd(packed: Iterable[bytes]) -> Iterator[bytes]:
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: WINDOW_LOG}
    frame: zstd.ZstdDecompressor | None = None
    for chunk in packed:
        while chunk:
            frame = frame or zstd.ZstdDecompressor(options=options)
            try:
                yield frame.decompress(chunk, OUTPUT)
                while not (frame.eof or frame.needs_input):
                    yield frame.decompress(b"", OUTPUT)
            except zstd.ZstdError as error:
                raise BadImageError(f"its zstd stream is broken: {error}") from error
            chunk = b""
            if frame.eof:
                chunk, frame = frame.unused_data, None
    if frame is not None:
        raise BadImageError("its zstd stream is cut off")


def compress_gzip(plain: Iterable[bytes], level: int = 6) -> Iterator[bytes]:
    """One gzip member, compressed on all cores.

    The stream is cut every MiB; each block is deflated with the 32 KiB before it as dictionary and ends at a byte
    border, so that the bytes depend on input, ``level`` and the version of zlib-ng only. Source: pigz(1).
    """
    yield GZIP_HEADER
    check, length, before = 0, 0, b""
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[bytes]] = deque()
        for block in _blocks(plain):
            check, length = zlib.crc32(block, check), length + len(block)
            waiting.append(pool.submit(_deflate, block, before, level))
            before = block[-DICTIONARY:]
            if len(waiting) > workers + 1:
                yield waiting.popleft().result()
        for future in waiting:
            yield future.result()
    # An empty final block closes the deflate stream (RFC 1951, 3.2.6).
    yield b"\x03\x00" + struct.pack("<LL", check, length & 0xFFFFFFFF)


def _deflate(block: bytes, before: bytes, level: int) -> bytes:
    options = (level, zlib_ng.DEFLATED, -15, 9, zlib_ng.Z_DEFAULT_STRATEGY)
    deflater = zlib_ng.compressobj(*options, before) if before else zlib_ng.compressobj(*options)
    return bytes(deflater.compress(block) + deflater.flush(zlib_ng.Z_SYNC_FLUSH))


def _blocks(plain: Iterable[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for chunk in plain:
        held.append(chunk)
        size += len(chunk)
        if size >= BLOCK:
            whole = b"".join(held)
            cut = size - size % BLOCK
            for at in range(0, cut, BLOCK):
                yield whole[at : at + BLOCK]
            held, size = [whole[cut:]], size - cut
    if size:
        yield b"".join(held)


def compress_zstd(plain: Iterable[bytes], level: int = 9) -> Iterator[bytes]:
    """One zstd frame with a checksum, compressed on all cores.

    Its bytes depend on input, ``level`` and the version of zstd only: with one worker or more, zstd cuts the input into
    the same jobs (zstd.h, ZSTD_c_nbWorkers).
    """
    options: dict[int, int] = {
        zstd.CompressionParameter.compression_level: level,
        zstd.CompressionParameter.checksum_flag: 1,
        zstd.CompressionParameter.nb_workers: os.cpu_count() or 1,
    }
    compressor = zstd.ZstdCompressor(options=options)
    for chunk in plain:
        yield compressor.compress(chunk)
    yield compressor.flush()
