"""What the files between two notes cost each: not all bytes of a tar pack alike.

Notes stand some 32 KiB of plain tar apart, which may be a dozen files. What was packed between them is shared by
weight: a header packs to about the same wherever it stands, a file that is compressed already to what it was, and the
others to what is left for them. What a finding says comes within 2 % of what packing the layer again without its
files saves; shared evenly, documentation among its packed changelogs was 4 % off in gzip and 12 % in zstd
(``bench/findings.py``).
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from msgspec import Struct

from shave.facts import load
from shave.positions import Positions, stored_bytes
from shave.tar_header import BLOCK
from shave.tree import Entry

HEADER = 60
"""Packed bytes of a header and of the padding before it, measured."""
LEAST, MOST = 0.1, 0.5
"""Between these packs a byte of a file that is not compressed, on average."""


class _Bodies(Struct, frozen=True):
    """The bodies of a layer in stream order: where each begins, its bytes, whether it is compressed already."""

    offsets: Sequence[int]
    stored: Sequence[int]
    compressed: Sequence[int]

    def weights(self, end: int, packed: int) -> Iterator[tuple[int, float]]:
        """Each end of each body with the weight of all before it, and the end of the stream of ``packed`` bytes."""
        others = self._others(end, packed)
        at, weight = 0, 0.0
        for offset, stored, compressed in zip(self.offsets, self.stored, self.compressed, strict=True):
            yield offset, (weight := weight + _headers(at, offset))
            at = offset + stored
            yield at, (weight := weight + stored * (1 if compressed else others))
        if at < end:
            yield end, weight + _headers(at, end)

    def _others(self, end: int, packed: int) -> float:
        """What a byte of the others packs to on average, so that all together are the blob."""
        compressed = sum(
            stored for stored, is_compressed in zip(self.stored, self.compressed, strict=True) if is_compressed
        )
        others = sum(self.stored) - compressed
        headers = _headers(0, end - compressed - others)
        return min(max(LEAST, (packed - compressed - headers) / others), MOST) if others else MOST


def weighed(positions: Positions, entries: Iterable[Entry]) -> Positions:
    """The positions with a note more at each end of each body. ``entries`` are in stream order."""
    end = positions.plain[-1] if positions.plain else 0
    borders = _Borders(_bodies(entries, end).weights(end, positions.packed_bytes))
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


def _bodies(entries: Iterable[Entry], end: int) -> _Bodies:
    offsets, lengths, compressed, at = array("Q"), array("Q"), bytearray(), 0
    suffixes = _suffixes()
    for entry in entries:
        stored = stored_bytes(entry)
        if stored and at < entry.offset and entry.offset + stored <= end:
            offsets.append(entry.offset)
            lengths.append(stored)
            compressed.append(entry.path.endswith(suffixes))
            at = entry.offset + stored
    return _Bodies(offsets, lengths, compressed)


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


@cache
def _suffixes() -> tuple[str, ...]:
    return tuple(load("packed")["suffixes"])
