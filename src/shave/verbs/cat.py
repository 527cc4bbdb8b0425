"""One file out of an image, from the topmost layer that shows it."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from shave.errors import BadImageError, CannotError
from shave.events import Sink, silent
from shave.image import Image
from shave.layers import body
from shave.overlay import overlay
from shave.store import index_layer
from shave.tree import Entry, LayerIndex, Tree

_HOLE = 1 << 20


class Found(Struct, frozen=True):
    """A regular file of an image, and the layer that has its body (0 is the lowest)."""

    entry: Entry
    layer: int


def find(image: Image, path: str, sink: Sink = silent) -> Found:
    """The regular file at ``path``, symlinks followed. Layers are looked into from the top, and no further than needed.

    What the upper layers show by themselves is what the image shows: nothing below can change it. Raises CannotError
    for what is no file of the image.
    """
    indices: list[LayerIndex] = []
    for number in reversed(range(len(image.layers))):
        indices.insert(0, index_layer(image, number, sink))
        tree = _tree(indices, whole=number == 0)
        real = tree.resolve(path).path if tree else None
        if tree and real is not None:
            node = tree.nodes[real]
            if node.entry.kind != "file":
                hint = f"shave inspect {image.reference} --path '/{real}/**' lists files"
                raise CannotError(f"/{real} is no file but a {node.entry.kind}", hint)
            return Found(node.entry, number + node.layer)  # of a hard link, the entry is that of its body
    raise CannotError(f"/{path.strip('/')} is not in the image", "give an absolute path as the container sees it")


def _tree(indices: list[LayerIndex], whole: bool) -> Tree | None:
    """What some upper layers show; None if they lead to what only lower layers have."""
    try:
        return overlay(indices)
    except BadImageError:
        if whole:
            raise
        return None


def contents(image: Image, found: Found) -> Iterator[bytes]:
    """The file's bytes, holes as zeros. Only its layer is read, up to its end."""
    stored = body(image.layers[found.layer], found.entry)
    return stored if found.entry.sparse is None else _filled(stored, found.entry.sparse, found.entry.size)


def _filled(stored: Iterable[bytes], segments: tuple[tuple[int, int], ...], size: int) -> Iterator[bytes]:
    at = 0
    pieces = iter(stored)
    piece = b""
    for offset, length in segments:
        yield from _zeros(offset - at)
        at = offset + length
        while length:
            piece = piece or next(pieces, b"")
            if not piece:
                return  # the layer said that it is cut off
            yield piece[:length]
            piece, length = piece[length:], length - len(piece[:length])
    yield from _zeros(size - at)
    for _ in pieces:
        pass  # its end is where its hash is checked


def _zeros(count: int) -> Iterator[bytes]:
    while count > 0:
        yield bytes(min(count, _HOLE))
        count -= _HOLE
