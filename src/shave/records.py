"""What is kept of a layer's bodies while it passes, so that nothing need be unpacked to read its package databases.

Some files are kept whole, by name; of programs and archives a reader looks at the passing body, and what it looked at
is kept: when it reads again, it finds the same bytes. A body is never in memory beyond ``IN_MEMORY`` bytes.
"""

import sys
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from io import BytesIO
from operator import attrgetter
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO

from msgspec import MsgspecError, Struct, msgpack

from shave.errors import BadImageError
from shave.folded import Hold, hold_any

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

IN_MEMORY = 8 << 20
MAX_WHOLE = 64 << 20
"""A record kept whole has at most so many bytes; a larger one is not kept."""
MAX_BODY = 512 << 20
"""Readers may look at bodies of so many bytes: what is larger than ``IN_MEMORY`` lies in a temporary file meanwhile."""
MAX_GLANCE = 16 << 20
"""What one reader may look at of one body. A look costs ``LOOK`` bytes at least."""
LOOK = 256
MAX_LAYER = 24 << 20
"""What is kept of one layer, compressed, with ``RECORD`` bytes for each record."""
RECORD = 320
BLOCK = 256 << 10
BLOCKS_IN_MEMORY = 32
MAGIC = 4
_START = attrgetter("start")
Read = Callable[[int, int], bytes]
"""Bytes from an offset, at most so many, fewer only at the end of the body. Raises BadImageError for too many."""
Glance = Callable[[str, int, Read], None]
"""Looks at what it wants of a body: its path, how many bytes, how to read them. Raises BadImageError if broken."""


class Interest(Struct, frozen=True):
    """Which files are kept whole, and who looks at those that begin with the four or two bytes of their kind.

    Another interest needs another ``version``: records are kept between runs under it.
    """

    version: str
    whole: Callable[[str], bool]
    glances: Mapping[bytes, tuple[Glance, ...]] = {}


class Span(Struct, frozen=True, array_like=True, gc=False):
    """``length`` bytes of a body from ``start``, at ``place`` among all that is kept."""

    start: int
    length: int
    place: int


class Record(Struct, frozen=True, array_like=True, gc=False):
    """What is kept of a body of ``size`` bytes: its spans in order, none of which touch."""

    size: int
    spans: tuple[Span, ...]


class Records(Struct, frozen=True, array_like=True):
    """What is kept of a layer: a record for each body by where it starts in the stream, and in ``blocks`` the bytes of
    all of them one after the other, cut every ``BLOCK`` bytes and compressed by zstd.
    """

    bodies: Mapping[int, Record] = {}
    blocks: Sequence[bytes] = ()

    def read(self, body: int, offset: int, length: int) -> bytes:
        """Bytes of the body at ``body``, to its end if ``length`` is negative. Raises BadImageError for some that are
        not kept, KeyError for another body.
        """
        record = self.bodies[body]
        end = _end(record.size, offset, length)
        if not 0 <= offset < end:
            return b""
        at = bisect_right(record.spans, offset, key=_START) - 1
        if at >= 0 and end <= (span := record.spans[at]).start + span.length:
            return self._bytes(span.place + offset - span.start, end - offset)
        raise BadImageError(f"bytes {offset} to {end} of {record.size} are too many to be looked at")

    def _bytes(self, place: int, length: int) -> bytes:
        first, skipped = divmod(place, BLOCK)
        last = (place + length - 1) // BLOCK
        data = b"".join(map(_plain, self.blocks[first : last + 1]))
        return data[skipped : skipped + length]


@lru_cache(BLOCKS_IN_MEMORY)
def _plain(block: bytes) -> bytes:
    return zstd.decompress(block)


def _end(size: int, offset: int, length: int) -> int:
    return size if length < 0 else min(size, offset + length)


class Keeper:
    """Keeps what an interest wants of one layer. What is too much is not kept: then it is as if nobody had asked."""

    def __init__(self, interest: Interest, hold: Hold = hold_any) -> None:
        self.interest, self.hold = interest, hold
        self.bodies: dict[int, Record] = {}
        self.blocks: list[bytes] = []
        self.open = bytearray()
        self.left = MAX_LAYER

    def take(self, path: str, size: int, offset: int, head: bytes) -> "Body | None":
        """Who looks at the body that comes now, which begins with ``head``; None if nobody does."""
        glances = self.interest.glances.get(head) or self.interest.glances.get(head[:2], ())
        whole = size <= MAX_WHOLE and self.interest.whole(path)
        return Body(self, path, size, offset, glances, whole) if whole or (glances and size <= MAX_BODY) else None

    def keep(self, body: int, size: int, spans: Sequence[tuple[int, int]], read: Read) -> None:
        """Keep ``spans`` (from, to) of a body, which ``read`` reads."""
        kept = []
        for start, end in spans:
            kept.append(Span(start, end - start, len(self.blocks) * BLOCK + len(self.open)))
            for at in range(start, end, BLOCK):
                self.open += read(at, min(BLOCK, end - at))
                if len(self.open) >= BLOCK:
                    self._close()
                if self.left < RECORD:
                    return
        self._charge(RECORD)
        self.bodies[body] = Record(size, tuple(kept))

    def records(self) -> Records:
        """All that was kept."""
        if self.open:
            self._close()
        return Records(self.bodies, self.blocks)

    def _close(self) -> None:
        self.blocks.append(zstd.compress(self.open[:BLOCK], 1))
        del self.open[:BLOCK]
        self._charge(len(self.blocks[-1]))

    def _charge(self, size: int) -> None:
        self.hold(size)
        self.left -= size


class Body:
    """A body that is looked at: within the context it is written piece by piece; when it is whole, it is kept."""

    def __init__(
        self, keeper: Keeper, path: str, size: int, offset: int, glances: tuple[Glance, ...], whole: bool
    ) -> None:
        self.keeper, self.path, self.size, self.offset = keeper, path, size, offset
        self.glances, self.whole = glances, whole
        # closed with the context
        self.file: IO[bytes] = BytesIO() if size <= IN_MEMORY else TemporaryFile()  # noqa: SIM115
        self.write = self.file.write

    def __enter__(self) -> "Body":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        with self.file:
            if kind is None:
                seen = [(0, self.size)] if self.whole else self._glanced()
                if seen:
                    self.keeper.keep(self.offset, self.size, _united(seen), self._read)

    def _glanced(self) -> list[tuple[int, int]]:
        seen: list[tuple[int, int]] = []
        for glance in self.glances:
            with suppress(BadImageError):  # it is said when the record is read
                glance(self.path, self.size, self._noting(seen))
        return seen

    def _noting(self, seen: list[tuple[int, int]]) -> Read:
        left = MAX_GLANCE

        def read(offset: int, length: int) -> bytes:
            nonlocal left
            end = _end(self.size, offset, length)
            if not 0 <= offset < end:
                return b""
            left -= max(LOOK, end - offset)
            if left < 0:
                raise BadImageError("there is too much to look at")
            seen.append((offset, end))
            return self._read(offset, end - offset)

        return read

    def _read(self, offset: int, length: int) -> bytes:
        self.file.seek(offset)
        return self.file.read(length)


def _united(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    united: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united


def dump(records: Records) -> bytes:
    """Records as bytes."""
    return msgpack.encode(records)


def parse(data: bytes) -> Records:
    """The records of ``dump``. Raises ValueError for anything else."""
    try:
        return msgpack.decode(data, type=Records)
    except MsgspecError as error:
        raise ValueError(str(error)) from error
