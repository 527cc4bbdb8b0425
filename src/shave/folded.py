"""Sequences of a million values in little memory: kept as compressed blocks, unfolded where they are looked at.

An ``Entry`` as an object takes some 600 bytes, folded among its neighbours 30. Whoever goes through a sequence in order
pays a microsecond a value; whoever jumps about, up to a third of a millisecond a jump.
"""

import sys
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar, overload

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

T = TypeVar("T")
Hold = Callable[[int], None]
# A block is closed at whichever comes first; an unfolded one takes some 150 KB.
BLOCK_VALUES = 256
BLOCK_WEIGHT = 64 << 10
UNFOLDED_BLOCKS = 32
# A larger one holds a value such as a map of many holes, megabytes when unfolded.
HEAVY_BLOCK = BLOCK_WEIGHT
LEVEL = 1


class Form(Generic[T]):
    """How a block of values becomes bytes and is made of them again; ``weight`` is about the bytes a value takes."""

    def __init__(
        self, encode: Callable[[Sequence[T]], bytes], decode: Callable[[bytes], list[T]], weight: Callable[[T], int]
    ) -> None:
        self.encode, self.decode, self.weight = encode, decode, weight

    def fold(self, values: Sequence[T]) -> bytes:
        """A block of values."""
        return zstd.compress(self.encode(values), LEVEL)

    def unfold(self, block: bytes) -> list[T]:
        """The values of a block."""
        return self.decode(zstd.decompress(block))


class Folded(Sequence[T]):
    """Values in compressed blocks; block ``n`` begins with the value of number ``starts[n]``. Never changed."""

    def __init__(self, form: Form[T], blocks: Sequence[bytes], starts: Sequence[int], length: int) -> None:
        self.form, self.blocks, self.starts, self.length = form, blocks, starts, length

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> list[T]: ...
    def __getitem__(self, at: int | slice) -> T | list[T]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(self.length))]
        if not -self.length <= at < self.length:
            raise IndexError(at)
        at %= self.length
        block = bisect_right(self.starts, at) - 1
        return self.block(block)[at - self.starts[block]]

    def __iter__(self) -> Iterator[T]:
        for number in range(len(self.blocks)):
            yield from self.block(number)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self.length} values in {len(self.blocks)} blocks>"

    def block(self, number: int) -> Sequence[T]:
        """The values of one block; the last few asked for stay unfolded, unless they are huge."""
        block = self.blocks[number]
        return self.form.unfold(block) if len(block) > HEAVY_BLOCK else _unfolded(self.form, block)


@lru_cache(UNFOLDED_BLOCKS)
def _unfolded(form: Form[Any], block: bytes) -> list[Any]:
    return form.unfold(block)


def hold_any(size: int) -> None:
    """Nothing is refused."""


class Folder(Generic[T]):
    """Takes values one by one and folds them block by block; ``hold`` is told the bytes of each, and may refuse."""

    def __init__(self, form: Form[T], hold: Hold = hold_any) -> None:
        self.form, self.hold = form, hold
        self.open: list[T] = []
        self.weight = 0
        self.blocks: list[bytes] = []
        self.starts = array("Q")
        self.length = 0

    def add(self, value: T) -> None:
        """Append a value."""
        self.open.append(value)
        self.weight += self.form.weight(value)
        if len(self.open) == BLOCK_VALUES or self.weight > BLOCK_WEIGHT:
            self.close()

    def close(self) -> None:
        """End the block: what is added next begins another."""
        if self.open:
            self.starts.append(self.length)
            self.length += len(self.open)
            block = self.form.fold(self.open)
            self.hold(len(block))
            self.blocks.append(block)
            self.open, self.weight = [], 0

    def folded(self) -> Folded[T]:
        """All that was added."""
        self.close()
        return Folded(self.form, self.blocks, self.starts, self.length)


def fold(form: Form[T], values: Iterable[T]) -> Folded[T]:
    """``values`` folded, if they are not yet."""
    if isinstance(values, Folded):
        return values
    folder = Folder(form)
    for value in values:
        folder.add(value)
    return folder.folded()
