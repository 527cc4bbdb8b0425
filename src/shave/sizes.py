"""What an image costs: packed bytes on the wire, unpacked and content bytes on disk, wasted bytes in between."""

from collections.abc import Iterator

from msgspec import Struct
from zlib_ng import zlib_ng

from shave.store import PlainLayer, Unpacked

_BLOCK, _BLOCKS = 1 << 18, 64


class Sizes(Struct, frozen=True):
    """Bytes of one image. ``packed_estimated`` marks an estimate: the source has no compressed form of some layer."""

    packed_bytes: int
    packed_estimated: bool
    unpacked_bytes: int
    content_bytes: int
    layers: int
    files: int


def sizes(unpacked: Unpacked) -> Sizes:
    """The sizes of an image whose layers have been read."""
    plain = not unpacked.image.packed
    packed = [_estimate(layer) if plain else layer.packed_bytes for layer in unpacked.layers]
    files = (entry.size for layer in unpacked.layers for entry in layer.index.entries if entry.kind == "file")
    return Sizes(
        sum(packed),
        plain,
        sum(files),
        unpacked.tree.content_bytes,
        len(unpacked.layers),
        sum(node.entry.kind == "file" for node in unpacked.tree),
    )


def _estimate(layer: PlainLayer) -> int:
    """Bytes of ``gzip -6`` over the layer, from at most 64 evenly spaced blocks of 256 KiB."""
    total = layer.index.tar_bytes
    read = packed = 0
    for block in _sample(layer):
        read += len(block)
        packed += len(zlib_ng.compress(block, 6))
    return round(packed / read * total) if read else 0


def _sample(layer: PlainLayer) -> Iterator[bytes]:
    total = layer.index.tar_bytes
    count = min(_BLOCKS, -(-total // _BLOCK))
    with layer.path.open("rb") as file:
        for number in range(count):
            file.seek(layer.start + number * total // count)
            yield file.read(min(_BLOCK, total - number * total // count))
