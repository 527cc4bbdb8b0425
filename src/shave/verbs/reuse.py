"""A result of before: whether it can serve, and what a node that has it is spared."""

from msgspec import Struct

from shave.errors import CannotError
from shave.image import Image


class ReusedLayer(Struct, frozen=True):
    """A layer of a result, counted from 0, that the previous one has too."""

    number: int
    digest: str
    packed_bytes: int


class Reuse(Struct, frozen=True):
    """What the result at ``previous`` spares: its ``layers`` in the new one, and what must be pulled besides."""

    previous: str
    layers: tuple[ReusedLayer, ...]
    pull_bytes: int


def require_platform(image: Image, previous: Image) -> None:
    """Raises CannotError if ``previous`` can be no earlier result of ``image``."""
    wanted, found = image.config.platform, previous.config.platform
    if found != wanted:
        raise CannotError(
            f"{previous.reference} is for {found}, {image.reference} for {wanted}", "give its own earlier result"
        )


def reuse(previous: Image, result: Image) -> Reuse:
    """What of ``result`` a node has that has ``previous``: by diff ID where that has no packed layers."""
    known = {layer.descriptor.digest if previous.packed else layer.diff_id for layer in previous.layers}
    there: list[ReusedLayer] = []
    pulled: dict[str, int] = {}
    for number, layer in enumerate(result.layers):
        digest, packed_bytes = layer.descriptor.digest, layer.descriptor.size
        if (digest if previous.packed else layer.diff_id) in known:
            there.append(ReusedLayer(number, digest, packed_bytes))
        else:
            pulled[digest] = packed_bytes
    return Reuse(previous.reference, tuple(there), sum(pulled.values()))
