"""Where in a layer's blob each part of its plain tar lies: what an entry costs packed, without packing it again.

The pass that unpacks a layer notes after each piece of the blob how far the plain stream has come. Between two notes,
some 64 KiB of plain tar in gzip, a block of 128 KiB in zstd, ``weighing`` shares the packed bytes among the files.
"""

import sys
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from isal import isal_zlib
from msgspec import MsgspecError, Struct, msgpack

from shave.tar_header import BLOCK
from shave.tree import Entry

# A quarter of it costs a tenth of the speed of unpacking, and says what a file costs no better (``weighing.py``).
PIECE = 16 << 10
"""Bytes of the blob between two notes."""
SAMPLE = 16
_DENSITIES = 8
WINDOW = 32 << 10
"""How far deflate looks back (RFC 1951)."""
# A frame of a single segment is small enough to be looked back to its beginning.
_ALL = 1 << 62


class Positions(Struct, frozen=True):
    """Notes in order: after ``packed[n]`` bytes of the blob ``plain[n]`` bytes of the tar were out.

    ``estimated`` where there is no compressed blob, and the packed bytes are what gzip would about make of them.
    """

    plain: Sequence[int]
    packed: Sequence[int]
    estimated: bool = False

    @property
    def packed_bytes(self) -> int:
        """Packed bytes of the whole layer."""
        return self.packed[-1] if self.packed else 0

    def between(self, start: int, end: int) -> float:
        """Packed bytes of the plain bytes from ``start`` to ``end``."""
        return self._at(end) - self._at(start)

    def entry(self, entry: Entry) -> float:
        """Packed bytes of a regular file: its header, what is stored of its body, the padding; 0 for what has no
        body.
        """
        stored = stored_bytes(entry)
        return self.between(entry.offset - BLOCK, entry.offset + stored + -stored % BLOCK) if stored else 0.0

    def _at(self, offset: int) -> float:
        after = bisect_right(self.plain, offset)
        if after == len(self.plain):
            return float(self.packed_bytes)
        low, start = (self.plain[after - 1], self.packed[after - 1]) if after else (0, 0)
        return start + (self.packed[after] - start) * (offset - low) / (self.plain[after] - low)


def stored_bytes(entry: Entry) -> int:
    """Bytes of a regular file's body in the stream: all but the holes of a sparse file."""
    if entry.kind != "file":
        return 0
    return entry.size if entry.sparse is None else sum(length for _, length in entry.sparse)


class Notes:
    """Notes as they are taken. ``pieces`` passes the blob in pieces, ``plain`` what became of it; ``window`` is how far
    its compressor has looked back.
    """

    def __init__(self) -> None:
        self.plain_bytes = self.packed_bytes = 0
        self.window = WINDOW
        self._plain, self._packed = array("Q"), array("Q")

    def pieces(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The blob in pieces. Whoever asks for the next has put out all of the one before."""
        for chunk in chunks:
            size = PIECE if self.packed_bytes or not _has_fields(chunk) else len(chunk)
            if not self.packed_bytes:
                self.window = _zstd_window(chunk) or WINDOW
            for at in range(0, len(chunk), size):
                piece = chunk[at : at + size]
                yield piece
                self.packed_bytes += len(piece)
                self.note()

    def plain(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The plain bytes as they come, counted."""
        for chunk in chunks:
            self.plain_bytes += len(chunk)
            yield chunk

    def note(self) -> None:
        """Note how far both are. What has put out nothing is a part of what comes next."""
        if self.plain_bytes > (self._plain[-1] if self._plain else 0):
            self._plain.append(self.plain_bytes)
            self._packed.append(self.packed_bytes)

    def positions(self) -> Positions:
        """All that was noted; what follows the last byte out is a part of that."""
        if self._packed:
            self._packed[-1] = self.packed_bytes
        elif self.packed_bytes:
            self._plain.append(0)
            self._packed.append(self.packed_bytes)
        return Positions(self._plain, self._packed)


def _has_fields(blob: bytes) -> bool:
    """Whether a blob begins with a gzip header of more than ten bytes (RFC 1952): isal loses its way in several fields
    if they come in parts.
    """
    return blob.startswith(b"\x1f\x8b") and bool(blob[3:4].strip(b"\0"))


def _zstd_window(blob: bytes) -> int:
    """How far the compressor of a zstd frame looked back; 0 for what is no zstd. Source: RFC 8878, 3.1.1.1."""
    if len(blob) < 6 or not blob.startswith(b"\x28\xb5\x2f\xfd"):
        return 0
    if blob[4] & 0x20:
        return _ALL
    base = 1 << 10 + (blob[5] >> 3)
    return base + base // 8 * (blob[5] & 7)


class Guesses(Notes):
    """Notes about a blob that is a plain tar: packed bytes are what ``gzip -6`` would about make of it.

    All of it is packed by a compressor ten times as fast; what that makes is scaled by what zlib makes of every
    sixteenth chunk, which begins with the same window. Chunks that pack alike are scaled alike: of text zlib makes a
    fifth less, of what is compressed already nothing less.
    """

    def __init__(self) -> None:
        super().__init__()
        self._quick, self._real = [0] * (_DENSITIES + 1), [0] * (_DENSITIES + 1)
        self._chunks = 0

    def pieces(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The blob as it comes."""
        quick = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -zlib.MAX_WBITS)
        before = b""
        for chunk in chunks:
            yield chunk
            packed = len(quick.compress(chunk)) + len(quick.flush(isal_zlib.Z_SYNC_FLUSH))
            if self._chunks % SAMPLE == 0:
                density = _density(packed, len(chunk))
                self._quick[density] += packed
                self._real[density] += _deflated(chunk, before)
            before = chunk[-WINDOW:]
            self._chunks += 1
            self.packed_bytes += packed
            self.note()

    def positions(self) -> Positions:
        """All that was noted, scaled."""
        quick, scales = super().positions(), self._scales()
        packed, total = array("Q"), 0.0
        plain_start = packed_start = 0
        for plain_end, packed_end in zip(quick.plain, quick.packed, strict=True):
            part = packed_end - packed_start
            total += part * scales[_density(part, plain_end - plain_start)]
            packed.append(round(total))
            plain_start, packed_start = plain_end, packed_end
        return Positions(quick.plain, packed, True)

    def _scales(self) -> list[float]:
        """By density; of one that no sample has the usual scale, and none of what cannot be packed."""
        usual = sum(self._real) / (sum(self._quick) or 1)
        without = [usual or 1.0] * (_DENSITIES - 1) + [1.0] * 2
        found = zip(self._quick, self._real, without, strict=True)
        return [real / quick if quick else scale for quick, real, scale in found]


def _density(packed: int, plain: int) -> int:
    """How well something packs, in eighths."""
    return min(packed * _DENSITIES // plain, _DENSITIES) if plain else 0


def _deflated(chunk: bytes, before: bytes) -> int:
    """Bytes of ``chunk`` in a stream that zlib packs as gzip(1) does by default, after ``before``."""
    options = (6, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_DEFAULT_STRATEGY)
    deflate = zlib.compressobj(*options, before) if before else zlib.compressobj(*options)
    return len(deflate.compress(chunk)) + len(deflate.flush())


class _Stored(Struct, frozen=True, array_like=True):
    plain: bytes
    packed: bytes
    estimated: bool


def dump(positions: Positions) -> bytes:
    """Positions as bytes that any machine reads."""
    return msgpack.encode(_Stored(_little(positions.plain), _little(positions.packed), positions.estimated))


def parse(data: bytes) -> Positions:
    """The positions of ``dump``. Raises ValueError for anything else."""
    try:
        stored = msgpack.decode(data, type=_Stored)
    except MsgspecError as error:
        raise ValueError(str(error)) from error
    plain, packed = _native(stored.plain), _native(stored.packed)
    if len(plain) != len(packed):
        raise ValueError("positions of two lengths")
    return Positions(plain, packed, stored.estimated)


def _little(values: Sequence[int]) -> bytes:
    found = array("Q", values)
    if sys.byteorder != "little":
        found.byteswap()
    return found.tobytes()


def _native(data: bytes) -> Sequence[int]:
    values = array("Q", data)
    if sys.byteorder != "little":
        values.byteswap()
    return values
