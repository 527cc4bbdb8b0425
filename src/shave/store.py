"""An image whose layers have been read once: verified, indexed, and at hand as plain tars for random access."""

import os
from pathlib import Path

from msgspec import Struct

from shave.image import Image
from shave.tree import Entry, LayerIndex, Node, Tree


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


def read_body(layer: PlainLayer, entry: Entry, offset: int = 0, length: int = -1) -> bytes:
    """Bytes of a regular file's body in its layer; a sparse file's holes read as zeros."""
    raise NotImplementedError


__all__ = ["Node", "PlainLayer", "Unpacked", "os", "read_body"]
