"""An image whose layers have been read once and unpacked nowhere: its tree, what each part costs packed, its records.

It serves whoever explains an image: a catalogue reads package databases from what was kept of the passing bodies, a
detector asks what an entry costs.
"""

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from shave import layer_cache, layers, positions, records
from shave.allowance import READ_BYTES, Allowance
from shave.errors import BadImageError, CannotError
from shave.events import Sink
from shave.image import Image, Layer
from shave.layers import Surveyed
from shave.overlay import overlay
from shave.parallel import Advance
from shave.records import Interest
from shave.store import allowance_of, check_claims, each_layer
from shave.tree import Entry, Node, Tree


class Survey(Struct, frozen=True, dict=True):
    """An image, what was found in each layer (lowest first), and the merged tree."""

    image: Image
    layers: tuple[Surveyed, ...]
    tree: Tree

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        """Bytes of a regular file of the tree, as far as they were kept. Raises BadImageError for others."""
        node = self.tree.nodes[path]
        records, entry = self.layers[node.layer].records, node.entry
        if entry.offset in records.bodies:
            return records.read(entry.offset, offset, length)
        if entry.size:
            raise BadImageError(f"/{path} is not kept: it is larger than any of its kind, or there is too much of it")
        return b""

    @cached_property
    def recorded(self) -> Mapping[str, Node]:
        """The visible files of which something was kept, so that there is something to read."""
        return {node.entry.path: node for node in self.tree if self._has(node)}

    def _has(self, node: Node) -> bool:
        return node.entry.kind == "file" and node.entry.offset in self.layers[node.layer].records.bodies

    @property
    def estimated(self) -> bool:
        """Whether packed bytes are an estimate: the source has the layers uncompressed."""
        return not self.image.packed

    def packed(self, layer: int, entry: Entry) -> float:
        """Packed bytes of an entry of a layer."""
        return self.layers[layer].positions.entry(entry)


def agreed(one: Survey, other: Survey) -> Survey:
    """The first, with what the other knows of the layers that both have, if its own packed bytes are estimates.

    Else an image would seem to shrink or grow by being compared with itself elsewhere.
    """
    if not one.estimated or other.estimated:
        return one
    known = {layer.index.diff_id: layer.positions for layer in other.layers}
    layers = (replace(layer, positions=known.get(layer.index.diff_id, layer.positions)) for layer in one.layers)
    return replace(one, layers=tuple(layers))


def survey(image: Image, interest: Interest, sink: Sink) -> Survey:
    """Read the layers of an image, in parallel and one pass each; a layer known from before is not read at all.

    Memory holds what is found, whatever the layers' size; nothing goes to disk but the cache. Raises BadImageError if
    anything is not as the image claims.
    """
    check_claims(image)
    allowance = allowance_of(image, READ_BYTES)

    def surveyed(_: int, layer: Layer, advance: Advance) -> Surveyed:
        known = _known(image, layer, interest, allowance)
        if known:
            advance(layer.descriptor.size)
            return known
        found = _read(image, layer, interest, advance, allowance)
        layer_cache.save(found.index)
        layer_cache.prove(layer.descriptor.digest, layer.diff_id)
        layer_cache.remember(layer.descriptor.digest, _positions(image), positions.dump(found.positions))
        layer_cache.remember(layer.diff_id, f"records-{interest.version}", records.dump(found.records))
        return found

    found = each_layer("read", image, surveyed, sink)
    return Survey(image, found, overlay([layer.index for layer in found]))


def _read(image: Image, layer: Layer, interest: Interest, advance: Advance, allowance: Allowance) -> Surveyed:
    try:
        return layers.survey(layer, interest, advance, allowance, estimate=not image.packed)
    except OSError as error:
        words = error.strerror or error
        raise CannotError(f"layer {layer.descriptor.digest} cannot be read: {words}", "look at TMPDIR") from error


def _known(image: Image, layer: Layer, interest: Interest, allowance: Allowance) -> Surveyed | None:
    """What was found when this blob was read before; None if anything of it is missing."""
    digest = layer.descriptor.digest
    if not layer_cache.proven(digest, layer.diff_id):
        return None
    index = layer_cache.load(layer.diff_id, allowance.hold)
    places = layer_cache.recall(digest, _positions(image)) if index else None
    kept = layer_cache.recall(layer.diff_id, f"records-{interest.version}") if places else None
    if index is None or places is None or kept is None:
        return None
    allowance.hold(len(kept))
    try:
        known = Surveyed(index, positions.parse(places), records.parse(kept))
    except ValueError:
        return None
    same = known.positions.estimated or known.positions.packed_bytes == layer.descriptor.size
    return known if same else None


def _positions(image: Image) -> str:
    # the number is of the way to estimate: what another one found is found anew
    return "positions" if image.packed else "estimate-2"
