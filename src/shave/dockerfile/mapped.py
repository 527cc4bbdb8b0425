"""Texts put together from pieces of another, which know where each of their bytes stands there."""

from bisect import bisect_right
from collections.abc import Iterable

from msgspec import Struct


class Mapped(Struct, frozen=True):
    """A text in pieces: what begins ``starts[n]`` bytes into it stands ``origins[n]`` bytes into the original."""

    text: bytes
    starts: tuple[int, ...] = (0,)
    origins: tuple[int, ...] = (0,)

    def origin(self, offset: int) -> int:
        """Where the byte at ``offset`` stands; at the end of the text, right behind its last byte."""
        at = min(offset, max(len(self.text) - 1, 0))
        piece = bisect_right(self.starts, at) - 1
        return self.origins[piece] + offset - self.starts[piece]

    def offset(self, origin: int) -> int:
        """The offset of a byte of the original that is part of the text."""
        piece = max(bisect_right(self.origins, origin) - 1, 0)
        return self.starts[piece] + origin - self.origins[piece]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """What stretches over ``text[start:end]`` in the original, with all that was left out in between."""
        first = self.origin(start)
        return first, self.origin(end - 1) + 1 if end > start else first

    def part(self, start: int, end: int) -> "Mapped":
        """``text[start:end]`` as a text of its own."""
        first = max(bisect_right(self.starts, start) - 1, 0)
        last = max(bisect_right(self.starts, end - 1), first + 1)
        starts = (0, *(each - start for each in self.starts[first + 1 : last]))
        origins = (self.origins[first] + start - self.starts[first], *self.origins[first + 1 : last])
        return Mapped(self.text[start:end], starts, origins)


def mapped(original: bytes, ranges: Iterable[tuple[int, int]]) -> Mapped:
    """These ranges (start, end) of a text, one behind the other; an empty one counts only where it is alone."""
    kept: list[tuple[int, int]] = []
    for start, end in ranges:
        if kept and kept[-1][0] == kept[-1][1]:
            kept.pop()
        if start < end or not kept:
            kept.append((start, end))
    if not kept:
        return Mapped(b"")
    starts, total = [], 0
    for start, end in kept:
        starts.append(total)
        total += end - start
    text = b"".join(original[start:end] for start, end in kept)
    return Mapped(text, tuple(starts), tuple(start for start, _ in kept))
