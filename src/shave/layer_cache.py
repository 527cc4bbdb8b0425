"""Indices of layers already read, by diff ID, so that a base image is scanned once in a machine's life.

A cache is never a reason to fail: what cannot be read, or is not what was written, is a miss, and what cannot be
written is not kept. The form of a file, and what a scan finds, is the version of the shelf: change either, and
``cache.LAYERS`` must change.
"""

from collections.abc import Iterable
from contextlib import suppress

import msgspec
from msgspec import Struct
from xxhash import xxh3_128_digest

from shave import cache
from shave.cache import LAYERS
from shave.errors import BadImageError
from shave.tree import Entry, Kind, LayerIndex

DIGEST = 16


class _Columns(Struct, frozen=True, array_like=True):
    """A layer index by columns: an eighth of the time and a third of the bytes of a list of entries."""

    diff_id: str
    paths: bytes
    kinds: list[Kind]
    modes: list[int]
    uids: list[int]
    gids: list[int]
    mtimes: list[int]
    sizes: list[int]
    offsets: list[int]
    digests: bytes
    links: dict[int, bytes]
    devices: dict[int, tuple[int, int]]
    xattrs: dict[int, list[tuple[bytes, bytes]]]
    sparse: dict[int, tuple[tuple[int, int], ...]]
    whiteouts: bytes
    opaque: bytes
    tar_bytes: int


def load(diff_id: str) -> LayerIndex | None:
    """The index of the layer with this diff ID, or None."""
    try:
        path = cache.place(LAYERS, diff_id)
        data = path.read_bytes()
        if data[:DIGEST] != xxh3_128_digest(memoryview(data)[DIGEST:]):
            return None
        index = _index(msgspec.msgpack.decode(memoryview(data)[DIGEST:], type=_Columns))
    except (OSError, ValueError, BadImageError, msgspec.MsgspecError):
        return None
    cache.touch(path)
    return index if index.diff_id == diff_id else None


def save(index: LayerIndex) -> None:
    """Keep the index of a verified layer, whole or not at all."""
    with suppress(OSError, ValueError, BadImageError):
        data = msgspec.msgpack.encode(_columns(index))
        cache.put(LAYERS, cache.place(LAYERS, index.diff_id), xxh3_128_digest(data) + data)


def _columns(index: LayerIndex) -> _Columns:
    entries = index.entries
    return _Columns(
        index.diff_id,
        _join(entry.path for entry in entries),
        [entry.kind for entry in entries],
        [entry.mode for entry in entries],
        [entry.uid for entry in entries],
        [entry.gid for entry in entries],
        [entry.mtime for entry in entries],
        [entry.size for entry in entries],
        [entry.offset for entry in entries],
        b"".join(entry.digest for entry in entries),
        {at: _encode(entry.link) for at, entry in enumerate(entries) if entry.link},
        {at: entry.device for at, entry in enumerate(entries) if entry.device != (0, 0)},
        {at: [(_encode(k), v) for k, v in entry.xattrs] for at, entry in enumerate(entries) if entry.xattrs},
        {at: entry.sparse for at, entry in enumerate(entries) if entry.sparse is not None},
        _join(index.whiteouts),
        _join(index.opaque),
        index.tar_bytes,
    )


def _index(columns: _Columns) -> LayerIndex:
    digests = iter(columns.digests[at : at + DIGEST] for at in range(0, len(columns.digests), DIGEST))
    entries = tuple(
        Entry(
            path,
            kind,
            mode,
            uid,
            gid,
            mtime,
            size,
            _decode(columns.links.get(at, b"")),
            columns.devices.get(at, (0, 0)),
            tuple((_decode(key), value) for key, value in columns.xattrs.get(at, ())),
            offset,
            next(digests) if kind == "file" else b"",
            columns.sparse.get(at),
        )
        for at, (path, kind, mode, uid, gid, mtime, size, offset) in enumerate(
            zip(
                _split(columns.paths),
                columns.kinds,
                columns.modes,
                columns.uids,
                columns.gids,
                columns.mtimes,
                columns.sizes,
                columns.offsets,
                strict=True,
            )
        )
    )
    whiteouts, opaque = tuple(_split(columns.whiteouts)), tuple(_split(columns.opaque))
    return LayerIndex(columns.diff_id, entries, whiteouts, opaque, columns.tar_bytes)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _join(paths: Iterable[str]) -> bytes:
    """Paths one after the other, each ended by a NUL, which none can hold."""
    return _encode("".join(f"{path}\0" for path in paths))


def _split(joined: bytes) -> list[str]:
    return _decode(joined).split("\0")[:-1]
