"""What the layers of an image come to when they are compressed, each packed once in a machine's life."""

from shave import layer_cache
from shave.compression import Packing
from shave.events import Sink
from shave.image import Image, Layer
from shave.parallel import Advance, each
from shave.sources.blobs import plain


def packed_bytes(image: Image, packing: Packing, sink: Sink) -> tuple[int, ...]:
    """Packed bytes of each layer, lowest first, as ``shave copy --compression`` makes it.

    Raises BadImageError if a tar is not what its diff ID says.
    """

    def work(found: tuple[int, Layer], advance: Advance) -> int:
        number, layer = found
        made = _packed_bytes(layer, number, packing, advance)
        advance(layer.descriptor.size)
        return made

    total = sum(layer.descriptor.size for layer in image.layers)
    return each("compress", total, enumerate(image.layers), work, sink, at_once=1)  # packing one keeps all cores busy


def _packed_bytes(layer: Layer, number: int, packing: Packing, advance: Advance) -> int:
    kind = f"{packing.compression}-{packing.level}"
    known = layer_cache.recall(layer.diff_id, kind)
    if known is not None:
        return int.from_bytes(known)
    made = sum(map(len, packing.pack(plain(layer, number, lambda amount: advance(0)))))
    layer_cache.remember(layer.diff_id, kind, made.to_bytes(8))
    return made
