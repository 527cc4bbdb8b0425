"""What a path costs, and what a unit does: bytes of visible files, each counted once."""

from msgspec import Struct

from shave.catalog.explained import Explained
from shave.tree import Node


class Bytes(Struct, frozen=True, gc=False):
    """Bytes of files, or how many more: of their bodies, and what of the layers' blobs these are."""

    packed_bytes: int = 0
    unpacked_bytes: int = 0


NOTHING = Bytes()


def unpacked_bytes(explained: Explained) -> tuple[int, ...]:
    """Bytes of the regular files of each layer."""
    layers = (layer.index.entries for layer in explained.survey.layers)
    return tuple(sum(entry.size for entry in entries if entry.kind == "file") for entries in layers)


def growth(before: Bytes, after: Bytes) -> Bytes:
    """How much more the second is; negative where it is less."""
    return Bytes(after.packed_bytes - before.packed_bytes, after.unpacked_bytes - before.unpacked_bytes)


def cost(explained: Explained, node: Node | None) -> Bytes:
    """Bytes of a visible file. One with several names costs them at the first."""
    if node is None or not explained.counts(node):
        return NOTHING
    return Bytes(round(explained.survey.packed(node.layer, node.entry)), node.entry.size)


def unit_bytes(explained: Explained) -> dict[str, Bytes]:
    """What the files of each unit cost together; "" is what nobody owns."""
    found: dict[str, Bytes] = {}
    for node in explained.survey.tree:
        more = cost(explained, node)
        if more.unpacked_bytes:
            unit = explained.owners.get(node.entry.path, "")
            sofar = found.get(unit, NOTHING)
            found[unit] = Bytes(sofar.packed_bytes + more.packed_bytes, sofar.unpacked_bytes + more.unpacked_bytes)
    return found
