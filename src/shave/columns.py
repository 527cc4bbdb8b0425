"""Entries and paths as bytes, column by column: an eighth of the time and a third of the bytes of one by one.

Paths are joined by NULs, which none can hold; bytes that are not UTF-8 survive, as msgspec's own strings would not.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Final, TypeVar

from msgspec import Struct, msgpack

from shave.folded import Form
from shave.tree import Entry, Kind

SEGMENT_WEIGHT = 120
T = TypeVar("T")


class Columns(Struct, frozen=True, array_like=True):
    """Entries by columns. What few entries have stands under their number."""

    paths: bytes
    kinds: list[Kind]
    modes: list[int]
    uids: list[int]
    gids: list[int]
    mtimes: list[int]
    sizes: list[int]
    offsets: list[int]
    digests: list[bytes]
    links: dict[int, bytes]
    devices: dict[int, tuple[int, int]]
    xattrs: dict[int, list[tuple[bytes, bytes]]]
    sparse: dict[int, tuple[tuple[int, int], ...]]


def columns(entries: Sequence[Entry]) -> Columns:
    """The columns of some entries."""
    return Columns(
        join(entry.path for entry in entries),
        [entry.kind for entry in entries],
        [entry.mode for entry in entries],
        [entry.uid for entry in entries],
        [entry.gid for entry in entries],
        [entry.mtime for entry in entries],
        [entry.size for entry in entries],
        [entry.offset for entry in entries],
        [entry.digest for entry in entries],
        {at: encode(entry.link) for at, entry in enumerate(entries) if entry.link},
        {at: entry.device for at, entry in enumerate(entries) if entry.device != (0, 0)},
        {at: [(encode(k), v) for k, v in entry.xattrs] for at, entry in enumerate(entries) if entry.xattrs},
        {at: entry.sparse for at, entry in enumerate(entries) if entry.sparse is not None},
    )


def rows(of: Columns) -> Iterator[Entry]:
    """The entries of columns. They are made by ``map``: a sixth of the time of a loop."""
    paths = split(of.paths)
    count = len(paths)
    links = _filled(count, "", {at: decode(link) for at, link in of.links.items()})
    xattrs = {at: tuple((decode(key), value) for key, value in found) for at, found in of.xattrs.items()}
    return map(
        Entry,
        paths,
        of.kinds,
        of.modes,
        of.uids,
        of.gids,
        of.mtimes,
        of.sizes,
        links,
        _filled(count, (0, 0), of.devices),
        _filled(count, (), xattrs),
        of.offsets,
        of.digests,
        _filled(count, None, of.sparse),
    )


def _filled(count: int, usual: T, others: Mapping[int, T]) -> Iterable[T]:
    """A column in which nearly all have the usual value."""
    if not others:
        return repeat(usual, count)
    column = [usual] * count
    for at, value in others.items():
        column[at] = value
    return column


def weight(entry: Entry) -> int:
    """About the bytes of what an entry has of its own."""
    more = sum(len(key) + len(value) for key, value in entry.xattrs) if entry.xattrs else 0
    return len(entry.path) + len(entry.link) + more + SEGMENT_WEIGHT * len(entry.sparse or ())


def encode(text: str) -> bytes:
    """Text of a tar as the bytes it was."""
    return text.encode("utf-8", "surrogateescape")


def decode(data: bytes) -> str:
    """Bytes of a tar as text."""
    return data.decode("utf-8", "surrogateescape")


def join(paths: Iterable[str]) -> bytes:
    """Paths one after the other, each ended by a NUL."""
    return encode("".join(f"{path}\0" for path in paths))


def split(joined: bytes) -> list[str]:
    """The paths of ``join``."""
    return decode(joined).split("\0")[:-1]


def _entries(data: bytes) -> list[Entry]:
    return list(rows(msgpack.decode(data, type=Columns)))


ENTRIES: Final = Form[Entry](lambda entries: msgpack.encode(columns(entries)), _entries, weight)
PATHS: Final = Form[str](join, split, len)
