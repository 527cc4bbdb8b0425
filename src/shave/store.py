"""An image whose layers have been read once: verified, indexed, and at hand as plain tars for random access."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

from msgspec import Struct

from shave import layer_cache, layers
from shave.allowance import FREE_BYTES, Allowance
from shave.errors import BadImageError, CannotError
from shave.events import Sink, stage
from shave.image import Image, Layer
from shave.overlay import overlay
from shave.parallel import Advance, each
from shave.tree import Entry, LayerIndex, Tree

# A hole costs an image nothing to claim; whoever wants more of a sparse file at once reads it in parts.
MAX_SPARSE_READ = 1 << 30
T = TypeVar("T")


class PlainLayer(Struct, frozen=True):
    """A layer's uncompressed tar: bytes ``start``… of file ``path`` are the tar stream that ``index`` describes."""

    path: Path
    start: int
    index: LayerIndex
    packed_bytes: int


class Unpacked(Struct, frozen=True):
    """An image, its verified layers as plain tars, and their merged tree."""

    image: Image
    layers: tuple[PlainLayer, ...]
    tree: Tree

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        """Bytes of the regular file at ``path`` (already resolved); no host path is ever formed from it."""
        node = self.tree.nodes[path]
        return read_body(self.layers[node.layer], node.entry, offset, length)


def unpack(image: Image, directory: Path, sink: Sink) -> Unpacked:
    """Read every layer, in parallel, into plain tars below ``directory``, and merge them.

    All digests, sizes and diff IDs are verified. A layer that is at hand as a plain tar is used where it lies. Memory
    holds the indices and a few chunks, whatever the layers' size. Raises BadImageError, CannotError for a full disk.
    """
    check_claims(image)
    allowance = allowance_of(image)

    def plain_layer(number: int, layer: Layer, advance: Advance) -> PlainLayer:
        if layer.plain:
            return PlainLayer(*layer.plain, _read(layer, None, advance, allowance), layer.descriptor.size)
        path = directory / f"layer-{number}.tar"
        return PlainLayer(path, 0, _read(layer, path, advance, allowance), layer.descriptor.size)

    found = each_layer("read", image, plain_layer, sink)
    return Unpacked(image, found, overlay([layer.index for layer in found]))


def index(image: Image, sink: Sink) -> tuple[LayerIndex, ...]:
    """The indices of all layers, lowest first. A layer whose index is cached is not read at all."""
    check_claims(image)
    allowance = allowance_of(image)

    def layer_index(_: int, layer: Layer, advance: Advance) -> LayerIndex:
        known = layer_cache.load(layer.diff_id, allowance.hold)
        if known:
            advance(layer.descriptor.size)
            return known
        return _read(layer, None, advance, allowance)

    return each_layer("index", image, layer_index, sink)


def index_layer(image: Image, number: int, sink: Sink) -> LayerIndex:
    """The index of one layer, which is not read at all if that is cached."""
    check_claims(image)
    layer, allowance = image.layers[number], allowance_of(image)
    known = layer_cache.load(layer.diff_id, allowance.hold)
    if known:
        return known
    with stage(sink, f"read layer {number + 1}", layer.descriptor.size) as advance:
        return _read(layer, None, advance, allowance)


def tree_of(image: Image, sink: Sink) -> Tree:
    """The merged tree without the bodies: what ``index`` finds, merged."""
    return overlay(index(image, sink))


def _read(layer: Layer, path: Path | None, advance: Advance, allowance: Allowance) -> LayerIndex:
    try:
        if path is None:
            return _indexed(layer, None, advance, allowance)
        with path.open("wb") as tee:
            return _indexed(layer, tee, advance, allowance)
    except OSError as error:
        digest = layer.descriptor.digest
        words = error.strerror or error
        raise CannotError(f"layer {digest} cannot be unpacked: {words}", "look at the disk and at TMPDIR") from error


def _indexed(layer: Layer, tee: BinaryIO | None, advance: Advance, allowance: Allowance) -> LayerIndex:
    """The layer's index, without a scan where it is cached; the layer is read and verified in either case."""
    known = layer_cache.load(layer.diff_id, allowance.hold)
    if known:
        layers.verify(layer, tee, advance, allowance)
        return known
    found = layers.analyse(layer, tee, advance, allowance)
    layer_cache.save(found)
    return found


def check_claims(image: Image) -> None:
    """Config, manifest and layers must be about the same layers (image-spec config.md, rootfs)."""
    claimed = image.config.rootfs.diff_ids
    if claimed != tuple(layer.diff_id for layer in image.layers):
        raise BadImageError(f"{image.reference} has {len(image.layers)} layers, not those that its config lists")


def allowance_of(image: Image, free_bytes: int = FREE_BYTES) -> Allowance:
    """For all layers together; one that is listed twice was packed once."""
    packed = {layer.descriptor.digest: layer.descriptor.size for layer in image.layers}
    return Allowance(sum(packed.values()), free_bytes)


def each_layer(name: str, image: Image, work: Callable[[int, Layer, Advance], T], sink: Sink) -> tuple[T, ...]:
    total = sum(layer.descriptor.size for layer in image.layers)
    numbered = enumerate(image.layers)
    return each(name, total, numbered, lambda found, advance: work(*found, advance), sink)


def read_body(layer: PlainLayer, entry: Entry, offset: int = 0, length: int = -1) -> bytes:
    """Bytes of a regular file's body in its layer, fewer only at its end; a sparse file's holes read as zeros."""
    offset = min(offset, entry.size)  # a file of the image may have said where: no host call could take 2^64
    end = entry.size if length < 0 else min(entry.size, offset + length)
    with layer.path.open("rb", buffering=0) as file:
        if entry.sparse is None:
            return os.pread(file.fileno(), end - offset, layer.start + entry.offset + offset)
        if end - offset > MAX_SPARSE_READ:
            raise BadImageError(f"the sparse file {entry.path!r} is too large to be read whole")
        return _read_sparse(file.fileno(), layer.start + entry.offset, entry.sparse, offset, end)


def _read_sparse(file: int, at: int, segments: tuple[tuple[int, int], ...], begin: int, end: int) -> bytes:
    """Bytes ``begin`` to ``end`` of a sparse file whose stored data stands at ``at`` of ``file``."""
    body = bytearray(end - begin)
    for start, size in segments:
        first, last = max(begin, start), min(end, start + size)
        if first < last:
            body[first - begin : last - begin] = os.pread(file, last - first, at + first - start)
        at += size
    return bytes(body)
