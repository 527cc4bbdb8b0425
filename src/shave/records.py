"""What is kept of a layer's bodies while it passes, so that nothing need be unpacked to read its package databases.

Some files are kept whole, by name; of programs and archives a reader looks at the passing body, and what it looked at
is kept: when it reads again, it finds the same bytes. A body is never in memory beyond ``IN_MEMORY`` bytes.
"""

import sys
from collections.abc import Callable, Mapping
from tempfile import SpooledTemporaryFile

from msgspec import MsgspecError, Struct, msgpack

from shave.errors import BadImageError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

IN_MEMORY = 8 << 20
MAX_WHOLE = 64 << 20
"""A record kept whole has at most so many bytes; a larger one is not kept."""
MAX_GLANCE = 16 << 20
"""What readers may look at of one body."""
MAX_LAYER = 64 << 20
"""What is kept of one layer, compressed."""
MAGIC = 4
Read = Callable[[int, int], bytes]
"""Bytes from an offset, at most so many, fewer only at the end of the body."""
Glance = Callable[[str, int, Read], None]
"""Looks at what it wants of a body: its path, how many bytes, how to read them. Raises BadImageError if broken."""


class Interest(Struct, frozen=True):
    """Which files are kept whole, and who looks at those that begin with four bytes of their kind.

    Another interest needs another ``version``: records are kept between runs under it.
    """

    version: str
    whole: Callable[[str], bool]
    glances: Mapping[bytes, tuple[Glance, ...]] = {}


class Record(Struct, frozen=True, array_like=True):
    """What is kept of a body of ``size`` bytes: ``spans`` by where they start, each compressed by zstd."""

    size: int
    spans: tuple[tuple[int, bytes], ...]

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of the body. Raises BadImageError for some that are not kept."""
        end = self.size if length < 0 else min(self.size, offset + length)
        if offset >= end:
            return b""
        for start, packed in self.spans:
            if start <= offset:
                span = zstd.decompress(packed)
                if end <= start + len(span):
                    return span[offset - start : end - start]
        raise BadImageError(f"bytes {offset} to {end} of {self.size} are too many to be looked at")


class Keeper:
    """Keeps what an interest wants of one layer: ``records`` by where the body starts in the stream."""

    def __init__(self, interest: Interest) -> None:
        self.interest = interest
        self.records: dict[int, Record] = {}
        self.left = MAX_LAYER

    def take(self, path: str, size: int, offset: int, head: bytes) -> "Body | None":
        """Who looks at the body that comes now, which begins with ``head``; None if nobody does."""
        glances = self.interest.glances.get(head, ())
        whole = size <= MAX_WHOLE and self.interest.whole(path)
        return Body(self, path, size, offset, glances, whole) if glances or whole else None

    def keep(self, offset: int, record: Record) -> None:
        """Keep a record, as long as the layer's are not too many: then it is as if nobody had asked."""
        packed = sum(len(span) for _, span in record.spans)
        if packed <= self.left:
            self.left -= packed
            self.records[offset] = record


class Body:
    """A body that is looked at: it is written piece by piece, and closed when it is whole."""

    def __init__(
        self, keeper: Keeper, path: str, size: int, offset: int, glances: tuple[Glance, ...], whole: bool
    ) -> None:
        self.keeper, self.path, self.size, self.offset = keeper, path, size, offset
        self.glances, self.whole = glances, whole
        self.file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 # closed with the body
        self.write = self.file.write

    def close(self) -> None:
        """Keep what is wanted of it."""
        seen = [(0, self.size)] if self.whole else self._glanced()
        spans = tuple((start, zstd.compress(self._read(start, end - start), 1)) for start, end in _united(seen))
        self.file.close()
        if spans:
            self.keeper.keep(self.offset, Record(self.size, spans))

    def _glanced(self) -> list[tuple[int, int]]:
        seen: list[tuple[int, int]] = []

        def read(offset: int, length: int) -> bytes:
            data = self._read(offset, min(length, MAX_GLANCE))
            seen.append((offset, offset + len(data)))
            if sum(end - start for start, end in seen) > MAX_GLANCE:
                raise BadImageError("there is too much to look at")
            return data

        for glance in self.glances:
            try:
                glance(self.path, self.size, read)
            except BadImageError:
                continue  # it is said when the record is read
        return seen

    def _read(self, offset: int, length: int) -> bytes:
        if not 0 <= offset < self.size:
            return b""
        self.file.seek(offset)
        return self.file.read(max(0, length))


def _united(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    united: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united


def dump(records: Mapping[int, Record]) -> bytes:
    """Records as bytes."""
    return msgpack.encode(records)


def parse(data: bytes) -> dict[int, Record]:
    """The records of ``dump``. Raises ValueError for anything else."""
    try:
        return msgpack.decode(data, type=dict[int, Record])
    except MsgspecError as error:
        raise ValueError(str(error)) from error
