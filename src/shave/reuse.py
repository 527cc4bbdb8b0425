"""Layers of a previous result that stand, byte for byte, for what a new one needs: nodes that have them pull nothing.

A layer is of use if all that it has is in the new original too: same kind, bytes, owner, mode, attributes, links.
Times may differ, for a build that starts from scratch changes little else; not so where another file records them,
which is the bytecode of Python (docs/decisions/0016).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Set

from msgspec import Struct
from xxhash import xxh3_128_digest

from shave.bytecode import source_of, untimed
from shave.errors import BadImageError
from shave.overlay import overlay
from shave.pax import NANOSECONDS
from shave.store import PlainLayer, Unpacked, read_body
from shave.tree import Entry, Node, Tree

MAX_EXTRA = 0.05
"""Bytes that a result may have beyond its plan, of those in the layers that it takes over."""
_MAX_BYTECODE = 16 << 20

Bodies = Mapping[str, bytes]
"""Of files that are written with another body than the original's, that body."""
Share = tuple[Collection[int], Collection[str]]
"""What one layer of a result shall hold: for which layers of the original it stands, and the paths."""


class Reusable(Struct, frozen=True):
    """Layer ``number`` of a previous result, all ``paths`` of which the new original has as well.

    Its files are of the original's ``layers``. ``others`` are the digests of files with another body than there;
    ``outdated`` the compiled modules elsewhere that would be taken for old beside it.
    """

    number: int
    paths: frozenset[str]
    layers: frozenset[int]
    others: dict[str, bytes]
    outdated: frozenset[str]


def reusable(original: Unpacked, previous: Unpacked) -> tuple[Reusable, ...]:
    """The layers of ``previous`` that have nothing but what ``original`` has alike, the bodies of files aside."""
    compiled = _compiled(original.tree)
    found = (_reusable(original, number, layer, compiled) for number, layer in enumerate(previous.layers))
    return tuple(layer for layer in found if layer)


def chosen(layers: Iterable[Reusable], share: Share, kept: Set[str], replaced: Bodies) -> Reusable | None:
    """The first that has the paths of ``share``, none that is not ``kept``, and the bodies that will be written."""
    digests = _digests(replaced)
    fitting = (layer for layer in layers if _fits(layer, share, kept))
    return next((layer for layer in fitting if layer.paths <= kept and _says(layer, digests)), None)


def extras(
    original: Unpacked,
    layers: Collection[Reusable],
    shares: Collection[Share],
    kept: Set[str],
    dropped: Callable[[str], bool],
    replaced: Callable[[Set[str]], Bodies],
) -> frozenset[str]:
    """What more to keep, so that layers of a previous result can stand for shares.

    Its bytes are at most ``MAX_EXTRA`` of those layers', and for nothing of it ``dropped`` holds. Records that are
    ``replaced`` depend on all that is kept, so that layers are tried until those left say what is true beside them.
    """
    while True:
        offers = [offer for share in shares if (offer := _offer(original.tree, layers, share, kept, dropped))]
        taken = _affordable(offers)
        more = frozenset(path for offer in taken for path in offer.more)
        if not more:
            return more
        digests = _digests(replaced(kept | more))
        tried = [offer.layer for offer in taken]
        wrong = [layer.number for layer in tried if layer.others.keys() - digests.keys()]
        wrong = wrong or [layer.number for layer in tried if not _says(layer, digests)]
        if not wrong:
            return more
        layers = [layer for layer in layers if layer.number not in wrong]


class _Offer(Struct, frozen=True):
    """A layer for a share: ``more`` than that it has, of ``extra_bytes`` of its ``all_bytes``."""

    layer: Reusable
    more: frozenset[str]
    extra_bytes: int
    all_bytes: int

    @property
    def price(self) -> tuple[float, int]:
        return self.extra_bytes / max(1, self.all_bytes), self.layer.number


def _offer(
    tree: Tree, layers: Iterable[Reusable], share: Share, kept: Set[str], dropped: Callable[[str], bool]
) -> _Offer | None:
    """The cheapest."""
    spared = [(layer, layer.paths.difference(kept)) for layer in layers if _fits(layer, share, kept)]
    offers = [
        _Offer(layer, more, _bytes(tree, more, kept), _bytes(tree, layer.paths, ()))
        for layer, more in spared
        if not any(map(dropped, more))
    ]
    return min(offers, key=lambda offer: offer.price, default=None)


def _affordable(offers: Iterable[_Offer]) -> list[_Offer]:
    """As many as there is room for, the cheapest first."""
    taken: list[_Offer] = []
    extra_bytes = all_bytes = 0
    for offer in sorted(offers, key=lambda offer: offer.price):
        extra_bytes, all_bytes = extra_bytes + offer.extra_bytes, all_bytes + offer.all_bytes
        if extra_bytes > MAX_EXTRA * all_bytes:
            break
        taken.append(offer)
    return taken


def _fits(layer: Reusable, share: Share, kept: Set[str]) -> bool:
    """Whether the layer has all of the share, no files of other shares, and makes no kept bytecode old."""
    numbers, paths = share
    return layer.layers.issubset(numbers) and layer.paths.issuperset(paths) and layer.outdated.isdisjoint(kept)


def _says(layer: Reusable, digests: Mapping[str, bytes]) -> bool:
    """Whether the bodies that are replaced are the ones that are other than the original's, and those bodies."""
    return layer.others == {path: digest for path, digest in digests.items() if path in layer.paths}


def _digests(replaced: Bodies) -> dict[str, bytes]:
    return {path: xxh3_128_digest(body) for path, body in replaced.items()}


def _bytes(tree: Tree, paths: Iterable[str], without: Collection[str]) -> int:
    """Bytes of the inodes of ``paths`` that have no name in ``without``."""
    inodes = {tree.nodes[path].inode: tree.nodes[path].entry.size for path in paths}
    spared = (inode for inode in inodes if not any(name in without for name in tree.inodes.get(inode, ())))
    return sum(inodes[inode] for inode in spared)


def _compiled(tree: Tree) -> Mapping[str, list[str]]:
    """The compiled modules of each source that is there."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in tree.nodes:
        source = source_of(path)
        if source in tree.nodes:
            found[source].append(path)
    return found


def _reusable(original: Unpacked, number: int, layer: PlainLayer, compiled: Mapping[str, list[str]]) -> Reusable | None:
    nodes = _alone(layer)
    if nodes is None or not _alike(original.tree, nodes):
        return None
    own = {path: original.tree.nodes[path] for path in nodes}
    others = {path: node.entry.digest for path, node in nodes.items() if not _same_body(original, layer, nodes, path)}
    late = (path for path, node in nodes.items() if path in compiled and _seconds(node) != _seconds(own[path]))
    outdated = frozenset(module for path in late for module in compiled[path] if module not in nodes)
    files = (node for node in own.values() if node.entry.kind != "directory")
    return Reusable(number, frozenset(nodes), frozenset(node.layer for node in files), others, outdated)


def _alone(layer: PlainLayer) -> Mapping[str, Node] | None:
    """What the layer makes of an empty root, without the root if it says nothing of that; None if it deletes things."""
    index = layer.index
    if index.whiteouts or index.opaque:
        return None
    try:
        nodes = dict(overlay([index]).nodes)
    except BadImageError:  # links into other layers
        return None
    if not any(entry.path == "" for entry in index.entries):
        del nodes[""]
    return nodes


def _alike(tree: Tree, nodes: Mapping[str, Node]) -> bool:
    """Whether the tree has all of the nodes, and the same of them are names of one inode."""
    if not all(
        path in tree.nodes and _nature(node.entry) == _nature(tree.nodes[path].entry) for path, node in nodes.items()
    ):
        return False
    pairs = {(node.inode, tree.nodes[path].inode) for path, node in nodes.items() if node.entry.kind != "directory"}
    return len({inode for inode, _ in pairs}) == len(pairs) == len({inode for _, inode in pairs})


def _nature(entry: Entry) -> tuple[object, ...]:
    """What a container sees of an entry but for its body and its time."""
    return entry.kind, entry.mode, entry.uid, entry.gid, entry.link, entry.device, entry.xattrs


def _same_body(original: Unpacked, layer: PlainLayer, nodes: Mapping[str, Node], path: str) -> bool:
    """Whether a file has the same bytes; of a compiled module, but for the time of its source, each of its own."""
    entry, own = nodes[path].entry, original.tree.nodes[path]
    same = entry.digest == own.entry.digest
    source = source_of(path)
    if entry.kind != "file" or source not in nodes:
        return same
    times = _seconds(nodes[source]), _seconds(original.tree.nodes[source])
    if (same and times[0] == times[1]) or max(entry.size, own.entry.size) > _MAX_BYTECODE:
        return same and times[0] == times[1]
    new, old = read_body(original.layers[own.layer], own.entry), read_body(layer, entry)
    return untimed(old, times[0]) == untimed(new, times[1])


def _seconds(node: Node) -> int:
    return node.entry.mtime // NANOSECONDS
