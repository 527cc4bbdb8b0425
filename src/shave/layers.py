"""One layer read once, from its blob to its index, with every claim about it checked on the way."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from shave.compression import decompress, detect
from shave.errors import BadImageError
from shave.image import Layer
from shave.tar_reader import Contents, scan
from shave.tree import LayerIndex

CHUNK = 64 << 10
Scan = Callable[[Iterable[bytes]], Contents]


def analyse(layer: Layer, tee: BinaryIO | None, advance: Callable[[int], None]) -> LayerIndex:
    """Read the layer in one pass: packed digest and size, diff ID, entries with hashes; its plain tar goes to ``tee``.

    ``advance`` is told the packed bytes as they are read. A layer whose ``plain`` is set is read there. Raises
    BadImageError naming the layer if anything is not as descriptor, config or tar header claim.
    """
    return _read(layer, tee, advance, scan)


def verify(layer: Layer, tee: BinaryIO | None, advance: Callable[[int], None]) -> int:
    """As ``analyse`` for a layer whose index is known: all checks but no scan. The value is the plain tar's bytes."""
    return _read(layer, tee, advance, _drain).tar_bytes


def _drain(chunks: Iterable[bytes]) -> Contents:
    for _ in chunks:
        pass
    return Contents((), (), ())


def _read(layer: Layer, tee: BinaryIO | None, advance: Callable[[int], None], scan: Scan) -> LayerIndex:
    plain = _Counted(_plain_chunks(layer, advance), tee)
    try:
        contents = scan(plain)
        if plain.digest != layer.diff_id:
            raise BadImageError(f"its content has the diff ID {plain.digest}, the config says {layer.diff_id}")
    except BadImageError as error:
        raise BadImageError(f"layer {layer.descriptor.digest}: {error}", error.hint) from error
    return LayerIndex(layer.diff_id, contents.entries, contents.whiteouts, contents.opaque, plain.size)


def _plain_chunks(layer: Layer, advance: Callable[[int], None]) -> Iterator[bytes]:
    if layer.plain is not None:
        return _at_hand(layer, advance)
    return _unpacked(layer, advance)


def _at_hand(layer: Layer, advance: Callable[[int], None]) -> Iterator[bytes]:
    """The plain tar where it lies: to the end of the file if that is all of it, else as long as the descriptor says."""
    assert layer.plain is not None
    path, start = layer.plain
    left = layer.descriptor.size if layer.descriptor.digest == layer.diff_id else path.stat().st_size - start
    with path.open("rb", buffering=0) as file:
        file.seek(start)
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            advance(len(chunk))
            yield chunk
    if left:
        raise BadImageError(f"it lacks {left} bytes of its plain tar")


def _unpacked(layer: Layer, advance: Callable[[int], None]) -> Iterator[bytes]:
    with layer.open() as blob:
        packed = _Counted(_chunks(blob, layer.descriptor.size, advance), None)
        chunks = iter(packed)
        first = next(chunks, b"")
        yield from decompress(chain((first,), chunks), detect(first, layer.descriptor.media_type))
    if packed.size != layer.descriptor.size:
        raise BadImageError(f"it has {packed.size} packed bytes, its descriptor says {layer.descriptor.size}")
    if packed.digest != layer.descriptor.digest:
        raise BadImageError(f"its bytes have the digest {packed.digest}")


def _chunks(blob: BinaryIO, size: int, advance: Callable[[int], None]) -> Iterator[bytes]:
    """The blob's bytes, at most one more than it should have: a stream without end must end."""
    left = size + 1
    while left and (chunk := blob.read(min(CHUNK, left))):
        left -= len(chunk)
        advance(len(chunk))
        yield chunk


class _Counted:
    """Chunks passed on, and their number of bytes and digest so far; a copy goes to ``tee``."""

    def __init__(self, chunks: Iterable[bytes], tee: BinaryIO | None) -> None:
        self.chunks = chunks
        self.tee = tee
        self.size = 0
        self.sha256 = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            self.size += len(chunk)
            self.sha256.update(chunk)
            if self.tee:
                self.tee.write(chunk)
            yield chunk

    @property
    def digest(self) -> str:
        return f"sha256:{self.sha256.hexdigest()}"
