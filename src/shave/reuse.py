"""Layers of a previous result that stand, byte for byte, for what a new one needs: nodes that have them pull nothing.

A layer is of use if all that it has is in the new original too: same kind, bytes, owner, mode, attributes, links.
Times may differ, for a build that starts from scratch changes little else; not so where another file records them,
which is the bytecode of Python (docs/decisions/0016).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Set

from msgspec import Struct
from msgspec.structs import replace
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
_NOTHING: Mapping[str, bytes] = {}

Share = tuple[Collection[int], Collection[str]]
"""What one layer of a result shall hold: for which layers of the original it stands, and the paths."""


class Reusable(Struct, frozen=True):
    """Layer ``number`` of a previous result: its ``paths``, all of which are alike in the new original.

    Its files are of the original's ``layers``. ``outdated`` are compiled modules that would be taken for old beside it.
    """

    number: int
    paths: frozenset[str]
    layers: frozenset[int]
    outdated: frozenset[str]


def reusable(original: Unpacked, previous: Unpacked, replaced: Mapping[str, bytes] = _NOTHING) -> tuple[Reusable, ...]:
    """The layers of ``previous`` that have nothing but what ``original``, with files ``replaced``, has as well."""
    compiled = _compiled(original.tree)
    found = (_reusable(original, number, layer, compiled, replaced) for number, layer in enumerate(previous.layers))
    return tuple(layer for layer in found if layer)


def chosen(layers: Iterable[Reusable], share: Share, kept: Set[str]) -> Reusable | None:
    """The first that has the paths of ``share`` and none that is not ``kept``."""
    return next((layer for layer in layers if _fits(layer, share, kept) and layer.paths <= kept), None)


def extras(
    original: Unpacked,
    layers: Collection[Reusable],
    shares: Iterable[Share],
    kept: Set[str],
    dropped: Callable[[str], bool],
) -> frozenset[str]:
    """What more to keep, so that layers of a previous result can stand for shares.

    Its bytes are at most ``MAX_EXTRA`` of those layers', and for nothing of it ``dropped`` holds.
    """
    offers = []
    for share in shares:
        fitting = [layer for layer in layers if _fits(layer, share, kept)]
        spared = [(layer, layer.paths.difference(kept)) for layer in fitting]
        bids = [
            (_bytes(original.tree, more, kept), _bytes(original.tree, layer.paths, ()), layer.number, more)
            for layer, more in spared
            if not any(map(dropped, more))
        ]
        if bids:
            offers.append(min(bids, key=lambda bid: bid[:3]))
    taken, extra_bytes, all_bytes = set[str](), 0, 0
    for extra, whole, _, more in sorted(offers, key=lambda offer: (offer[0] / max(1, offer[1]), offer[2])):
        extra_bytes, all_bytes = extra_bytes + extra, all_bytes + whole
        if extra_bytes > MAX_EXTRA * all_bytes:
            break
        taken |= more
    return frozenset(taken)


def _fits(layer: Reusable, share: Share, kept: Set[str]) -> bool:
    """Whether the layer has all of the share, no files of other shares, and makes no kept bytecode old."""
    numbers, paths = share
    return layer.layers.issubset(numbers) and layer.paths.issuperset(paths) and layer.outdated.isdisjoint(kept)


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


def _reusable(
    original: Unpacked, number: int, layer: PlainLayer, compiled: Mapping[str, list[str]], replaced: Mapping[str, bytes]
) -> Reusable | None:
    nodes = _alone(layer)
    if nodes is None or not _alike(original, layer, nodes, replaced):
        return None
    own = {path: original.tree.nodes[path] for path in nodes}
    late = (path for path, node in nodes.items() if path in compiled and _seconds(node) != _seconds(own[path]))
    outdated = frozenset(module for path in late for module in compiled[path] if module not in nodes)
    files = (node for node in own.values() if node.entry.kind != "directory")
    return Reusable(number, frozenset(nodes), frozenset(node.layer for node in files), outdated)


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


def _alike(original: Unpacked, layer: PlainLayer, nodes: Mapping[str, Node], replaced: Mapping[str, bytes]) -> bool:
    """Whether the original has all of the nodes, and the same of them are names of one inode."""
    pairs = set()
    for path, node in nodes.items():
        own = original.tree.nodes.get(path)
        if own is None or _nature(node.entry) != _nature(_with(own.entry, replaced.get(path))):
            return False
        if node.entry.kind != "directory":
            pairs.add((node.inode, own.inode))
    linked = len({inode for inode, _ in pairs}) == len(pairs) == len({inode for _, inode in pairs})
    return linked and all(_same_body(original, layer, nodes, path, replaced) for path in nodes)


def _with(entry: Entry, body: bytes | None) -> Entry:
    if body is None:
        return entry
    return replace(entry, size=len(body), digest=xxh3_128_digest(body), sparse=None)


def _nature(entry: Entry) -> tuple[object, ...]:
    """What a container sees of an entry but for its body and its time."""
    return entry.kind, entry.mode, entry.uid, entry.gid, entry.size, entry.link, entry.device, entry.xattrs


def _same_body(
    original: Unpacked, layer: PlainLayer, nodes: Mapping[str, Node], path: str, replaced: Mapping[str, bytes]
) -> bool:
    """Whether a file has the same bytes; of a compiled module, but for the time of its source, each of its own."""
    entry, own = nodes[path].entry, original.tree.nodes[path]
    same = entry.digest == _with(own.entry, replaced.get(path)).digest
    source = source_of(path)
    if path in replaced or source not in nodes:
        return same
    times = _seconds(nodes[source]), _seconds(original.tree.nodes[source])
    if same and times[0] == times[1]:
        return True
    if entry.kind != "file" or entry.size > _MAX_BYTECODE:
        return False
    new, old = read_body(original.layers[own.layer], own.entry), read_body(layer, entry)
    return untimed(old, times[0]) == untimed(new, times[1])


def _seconds(node: Node) -> int:
    return node.entry.mtime // NANOSECONDS
