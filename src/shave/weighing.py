"""What the files between two notes cost each: not all bytes of a tar pack alike.

Notes stand some 64 KiB of plain tar apart, which may be a dozen files. What was packed between them is shared by
weight: a header packs to about the same wherever it stands, a file that is compressed already to what it was, one
that was there not long ago to nothing, and the others to what is left for them. On four images a
finding says within 2.4 % what packing the layer again without its files saves, in gzip; shared evenly, documentation
among its packed changelogs was 4 % off in gzip and 12 % in zstd. What no sharing can tell: where a compressor looks
back far, as zstd does, files that are alike pay for each other, and without the one the other pays more (compiled
Python, headers: 11 %). Measured by ``bench/findings.py``.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from shave.facts import load
from shave.positions import Positions, stored_bytes
from shave.tar_header import BLOCK
from shave.tree import Entry

HEADER = 60
"""Packed bytes of a header and of the padding before it, measured."""
LEAST, MOST = 0.1, 0.5
"""Between these packs a byte of a file that is not compressed, on average."""
DENSER = 1.6
"""So much more does a byte of compiled Python, measured; it stands among its sources."""
AGAIN = 0.005
"""And so little one of a content that was there not long ago."""
_OTHER, _COMPRESSED, _DENSE, _AGAIN = range(4)


class _Bodies(Struct, frozen=True):
    """The bodies of a layer in stream order: where each begins, its bytes, how it packs."""

    offsets: Sequence[int]
    stored: Sequence[int]
    kinds: Sequence[int]

    def weights(self, end: int, packed: int) -> Iterator[tuple[int, float]]:
        """Each end of each body with the weight of all before it, and the end of the stream of ``packed`` bytes."""
        others = self._others(end, packed)
        weights = {_OTHER: others, _COMPRESSED: 1.0, _DENSE: min(1.0, others * DENSER), _AGAIN: AGAIN}
        at, weight = 0, 0.0
        for offset, stored, kind in zip(self.offsets, self.stored, self.kinds, strict=True):
            yield offset, (weight := weight + _headers(at, offset))
            at = offset + stored
            yield at, (weight := weight + stored * weights[kind])
        if at < end:
            yield end, weight + _headers(at, end)

    def _others(self, end: int, packed: int) -> float:
        """What a byte of the others packs to on average, so that all together are the blob."""
        sums = [0, 0, 0, 0]
        for stored, kind in zip(self.stored, self.kinds, strict=True):
            sums[kind] += stored
        left = packed - sums[_COMPRESSED] - AGAIN * sums[_AGAIN] - _headers(0, end - sum(sums))
        others = sums[_OTHER] + DENSER * sums[_DENSE]
        return min(max(LEAST, left / others), MOST) if others else MOST


def weighed(positions: Positions, entries: Iterable[Entry], window: int) -> Positions:
    """The positions with a note more at each end of each body. ``entries`` are in stream order; the compressor has
    looked back ``window`` bytes.
    """
    end = positions.plain[-1] if positions.plain else 0
    borders = _Borders(_bodies(entries, end, window).weights(end, positions.packed_bytes))
    plain, packed = array("Q"), array("Q")
    start = cost_start = 0
    weight_start = 0.0
    for end, cost_end in zip(positions.plain, positions.packed, strict=True):
        within, weight_end = borders.until(end)
        for place, weight in within:
            if weight_end > weight_start:
                share = (weight - weight_start) / (weight_end - weight_start)
            else:
                share = (place - start) / (end - start)
            plain.append(place)
            packed.append(round(cost_start + (cost_end - cost_start) * share))
        plain.append(end)
        packed.append(cost_end)
        start, cost_start, weight_start = end, cost_end, weight_end
    return Positions(plain, packed, positions.estimated)


def _bodies(entries: Iterable[Entry], end: int, window: int) -> _Bodies:
    offsets, lengths, kinds, at = array("Q"), array("Q"), bytearray(), 0
    kind_of, recent = _Kinds(), _Recent(window)
    for entry in entries:
        stored = stored_bytes(entry)
        if stored and at < entry.offset and entry.offset + stored <= end:
            offsets.append(entry.offset)
            lengths.append(stored)
            kinds.append(_AGAIN if recent.has(entry) else kind_of(entry.path))
            at = entry.offset + stored
    return _Bodies(offsets, lengths, kinds)


class _Recent:
    """Contents by digest, as far back as the compressor looks."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.offsets: dict[bytes, int] = {}

    def has(self, entry: Entry) -> bool:
        """Whether the same content was there, which it is from now on."""
        while self.offsets and entry.offset - next(iter(self.offsets.values())) > self.window:
            del self.offsets[next(iter(self.offsets))]
        known = self.offsets.pop(entry.digest, None) is not None
        self.offsets[entry.digest] = entry.offset
        return known


class _Kinds:
    """How files pack, by the ends of their names."""

    def __init__(self) -> None:
        known = load("packed")
        self.compressed, self.dense = tuple(known["compressed"]), tuple(known["dense"])

    def __call__(self, path: str) -> int:
        if path.endswith(self.compressed):
            return _COMPRESSED
        return _DENSE if path.endswith(self.dense) else _OTHER


def _headers(start: int, end: int) -> int:
    return HEADER * ((end - start) // BLOCK)


class _Borders:
    """Where bodies begin and end, with the weight of all before, up to the end of the stream."""

    def __init__(self, weights: Iterator[tuple[int, float]]) -> None:
        self.rest = weights
        self.last = 0, 0.0
        self.next = next(self.rest, self.last)

    def until(self, end: int) -> tuple[list[tuple[int, float]], float]:
        """The borders before a place, each once, and the weight of all before that place."""
        within: list[tuple[int, float]] = []
        while self.next[0] <= end:
            if self.next[0] < end:
                within.append(self.next)
            self.last = self.next
            following = next(self.rest, None)
            if following is None:
                return within, self.last[1]
            self.next = following
        (low, weight), (high, more) = self.last, self.next
        return within, weight + (more - weight) * (end - low) / (high - low)
