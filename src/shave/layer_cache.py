"""Indices of layers already read, by diff ID, so that a base image is scanned once in a machine's life.

A cache is never a reason to fail: what cannot be read, or is not what was written, is a miss, and what cannot be
written is not kept. A file is the index as it lies in memory: a head behind its checksum and length, then the blocks.
Its form, and what a scan finds, is the version of the shelf: change either, and ``cache.LAYERS`` must change.
"""

import os
from array import array
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

from msgspec import MsgspecError, Struct, msgpack
from xxhash import xxh3_128, xxh3_128_digest

from shave import cache
from shave.cache import LAYERS
from shave.columns import ENTRIES, PATHS
from shave.errors import BadImageError
from shave.folded import Folded, Form, Hold, fold, hold_any
from shave.tree import LayerIndex

T = TypeVar("T")
DIGEST = 16
LENGTH = 3


class _Shape(Struct, frozen=True, array_like=True):
    """A folded sequence without its blocks: how many values, the number of each block's first, each block's bytes."""

    length: int
    starts: list[int]
    sizes: list[int]


class _Head(Struct, frozen=True, array_like=True):
    diff_id: str
    tar_bytes: int
    check: bytes
    entries: _Shape
    whiteouts: _Shape
    opaque: _Shape


def load(diff_id: str, hold: Hold = hold_any) -> LayerIndex | None:
    """The index of the layer with this diff ID, or None; ``hold`` is told its bytes first, and may refuse."""
    try:
        path = cache.place(LAYERS, diff_id)
        file = path.open("rb")
    except (OSError, BadImageError):
        return None
    with file:
        hold(os.fstat(file.fileno()).st_size)
        with suppress(OSError, ValueError, MsgspecError):
            index = _read(file)
            cache.touch(path)
            return index if index.diff_id == diff_id else None
    return None


def save(index: LayerIndex) -> None:
    """Keep the index of a verified layer, whole or not at all."""
    entries, whiteouts, opaque = fold(ENTRIES, index.entries), fold(PATHS, index.whiteouts), fold(PATHS, index.opaque)
    blocks = (*entries.blocks, *whiteouts.blocks, *opaque.blocks)
    shapes = _shape(entries), _shape(whiteouts), _shape(opaque)
    head = msgpack.encode(_Head(index.diff_id, index.tar_bytes, _checksum(blocks), *shapes))
    with suppress(OSError, ValueError, BadImageError):
        start = xxh3_128_digest(head) + len(head).to_bytes(LENGTH)
        cache.put(LAYERS, cache.place(LAYERS, index.diff_id), start, head, *blocks)


def recall(digest: str, kind: str) -> bytes | None:
    """What was remembered of one kind about the blob or the tar with this digest, or None."""
    with suppress(OSError, BadImageError):
        path = _beside(digest, kind)
        stored = path.read_bytes()
        check, data = stored[:DIGEST], stored[DIGEST:]
        if xxh3_128_digest(data) == check:
            cache.touch(path)
            return data
    return None


def remember(digest: str, kind: str, data: bytes) -> None:
    """Keep something about the blob or the tar with this digest, whole or not at all."""
    with suppress(OSError, ValueError, BadImageError):
        cache.put(LAYERS, _beside(digest, kind), xxh3_128_digest(data), data)


def proven(digest: str, diff_id: str) -> bool:
    """Whether the blob with this digest was once seen to hold the well-formed tar with this diff ID."""
    try:
        path = _proof(digest)
        known = path.read_text("ascii") == diff_id
    except (OSError, ValueError, BadImageError):
        return False
    cache.touch(path)
    return known


def prove(digest: str, diff_id: str) -> None:
    """Keep that the blob with this digest holds the well-formed tar with this diff ID: neither can ever change."""
    with suppress(OSError, ValueError, BadImageError):
        cache.put(LAYERS, _proof(digest), diff_id.encode("ascii"))


def _proof(digest: str) -> Path:
    return _beside(digest, "holds")


def _beside(digest: str, kind: str) -> Path:
    place = cache.place(LAYERS, digest)
    return place.with_name(f"{place.name}.{kind}")


def _read(file: BinaryIO) -> LayerIndex:
    """The index in a file, block by block: nothing is held twice. Raises ValueError if it is not what was written."""
    check, length = file.read(DIGEST), int.from_bytes(file.read(LENGTH))
    data = file.read(length)
    if xxh3_128_digest(data) != check:
        raise ValueError("the head is not what was written")
    head = msgpack.decode(data, type=_Head)
    entries, whiteouts = _unshaped(ENTRIES, head.entries, file), _unshaped(PATHS, head.whiteouts, file)
    opaque = _unshaped(PATHS, head.opaque, file)
    if _checksum((*entries.blocks, *whiteouts.blocks, *opaque.blocks)) != head.check:
        raise ValueError("the blocks are not what was written")
    return LayerIndex(head.diff_id, entries, whiteouts, opaque, head.tar_bytes)


def _shape(folded: Folded[T]) -> _Shape:
    return _Shape(len(folded), list(folded.starts), [len(block) for block in folded.blocks])


def _unshaped(form: Form[T], shape: _Shape, file: BinaryIO) -> Folded[T]:
    return Folded(form, [file.read(size) for size in shape.sizes], array("Q", shape.starts), shape.length)


def _checksum(blocks: Iterable[bytes]) -> bytes:
    check = xxh3_128()
    for block in blocks:
        check.update(block)
    return check.digest()
