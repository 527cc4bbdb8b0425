"""The bytes of layers on their way into a source: verified as they pass."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from shave.allowance import Allowance
from shave.compression import decompress, detect
from shave.errors import BadImageError
from shave.image import Layer
from shave.oci import blob_path

_CHUNK = 1 << 20
Advance = Callable[[int], None]


def stored(layer: Layer, number: int, advance: Advance) -> Iterator[bytes]:
    """The blob as its descriptor describes it. Raises BadImageError at its end if size or digest is another."""
    with layer.open() as file:
        body = bounded(file, layer.descriptor.size)
        yield from verified(body, layer.descriptor.digest, f"layer {number}", advance)


def plain(layer: Layer, number: int, advance: Advance) -> Iterator[bytes]:
    """The uncompressed tar of a layer. Raises BadImageError at its end if its diff ID is another."""
    yield from verified(_plain(layer), layer.diff_id, f"the tar of layer {number}", advance)


def plain_size(layer: Layer) -> int:
    """Bytes of the uncompressed tar: known where it is stored as such, else found by decompressing once."""
    if layer.descriptor.digest == layer.diff_id:
        return layer.descriptor.size
    if at_hand := _at_hand(layer):
        return at_hand.stat().st_size
    return sum(len(chunk) for chunk in _plain(layer))


def verified(body: Iterable[bytes], digest: str, what: str, advance: Advance) -> Iterator[bytes]:
    """The same bytes. Raises BadImageError at their end if their digest is another."""
    blob_path(digest)
    algorithm, _, wanted = digest.partition(":")
    found = hashlib.new(algorithm)
    for chunk in body:
        found.update(chunk)
        advance(len(chunk))
        yield chunk
    if found.hexdigest() != wanted:
        raise BadImageError(
            f"{what} is not what its digest says: {digest} is wanted, the bytes give {found.hexdigest()}"
        )


def bounded(file: BinaryIO, size: int) -> Iterator[bytes]:
    """A file in chunks of 1 MiB, at most one byte more than it should have: a stream without end must end."""
    left = size + 1
    while left and (chunk := file.read(min(_CHUNK, left))):
        left -= len(chunk)
        yield chunk


def chunks(file: BinaryIO) -> Iterator[bytes]:
    """A file in chunks of 1 MiB."""
    while chunk := file.read(_CHUNK):
        yield chunk


def _plain(layer: Layer) -> Iterator[bytes]:
    if at_hand := _at_hand(layer):
        with at_hand.open("rb") as file:
            yield from chunks(file)
        return
    with layer.open() as file:
        first = file.read(_CHUNK)
        compression = detect(first, layer.descriptor.media_type)
        plain = decompress(_after(first, file), compression)
        yield from Allowance(layer.descriptor.size).spend(plain)


def _after(first: bytes, file: BinaryIO) -> Iterator[bytes]:
    yield first
    yield from chunks(file)


def _at_hand(layer: Layer) -> Path | None:
    """A file that is the plain tar of a compressed layer. Inside an archive nobody says where such a tar ends."""
    if layer.plain is None or layer.plain[1] != 0 or layer.descriptor.digest == layer.diff_id:
        return None
    return layer.plain[0]
