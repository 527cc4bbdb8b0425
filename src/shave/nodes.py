"""The nodes of a tree by path: a dict where they are few, folded where they are many."""

from bisect import bisect_left, bisect_right
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView
from operator import attrgetter

from msgspec import Struct, msgpack

from shave.columns import Columns, columns, decode, encode, rows, split, weight
from shave.folded import Folded, Form, fold
from shave.tree import Node

# As many as are worth having at hand as objects: some 40 MB.
FEW = 1 << 16

_path = attrgetter("entry.path")


class _Block(Struct, frozen=True, array_like=True):
    entries: Columns
    layers: list[int]
    inodes: dict[int, tuple[int, bytes]]


def _encode(nodes: Sequence[Node]) -> bytes:
    inodes = {at: node.inode for at, node in enumerate(nodes) if node.inode != (node.layer, node.entry.path)}
    named = {at: (number, encode(name)) for at, (number, name) in inodes.items()}
    return msgpack.encode(_Block(columns([node.entry for node in nodes]), [node.layer for node in nodes], named))


def _decode(data: bytes) -> list[Node]:
    block = msgpack.decode(data, type=_Block)
    layers = block.layers
    nodes = list(map(Node, rows(block.entries), layers, zip(layers, split(block.entries.paths), strict=True)))
    for at, (number, name) in block.inodes.items():
        nodes[at] = Node(nodes[at].entry, nodes[at].layer, (number, decode(name)))
    return nodes


NODES = Form[Node](_encode, _decode, lambda node: weight(node.entry) + len(node.inode[1]))


class FoldedNodes(Mapping[str, Node]):
    """Nodes sorted by path, found by halving: first the block, then the place in it."""

    def __init__(self, nodes: Folded[Node]) -> None:
        self.nodes = nodes
        self.firsts = [nodes[start].entry.path for start in nodes.starts]

    def __getitem__(self, path: str) -> Node:
        node = self.get(path)
        if node is None:
            raise KeyError(path)
        return node

    def get(self, path: str, default: Node | None = None) -> Node | None:  # type: ignore[override]
        """The node at ``path``."""
        number = bisect_right(self.firsts, path) - 1
        if number < 0:
            return default
        block = self.nodes.block(number)
        at = bisect_left(block, path, key=_path)
        return block[at] if at < len(block) and block[at].entry.path == path else default

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self.get(path) is not None

    def __iter__(self) -> Iterator[str]:
        return (node.entry.path for node in self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def values(self) -> ValuesView[Node]:
        """The nodes, sorted by path."""
        return _Values(self)

    def items(self) -> ItemsView[str, Node]:
        """Paths and nodes."""
        return _Items(self)


class _Values(ValuesView[Node]):
    """As of any mapping, but without looking each path up."""

    _mapping: FoldedNodes

    def __iter__(self) -> Iterator[Node]:
        return iter(self._mapping.nodes)


class _Items(ItemsView[str, Node]):
    """As of any mapping, but without looking each path up."""

    _mapping: FoldedNodes

    def __iter__(self) -> Iterator[tuple[str, Node]]:
        return ((node.entry.path, node) for node in self._mapping.nodes)


def gather(nodes: Iterable[Node], most: int) -> Mapping[str, Node]:
    """Nodes, sorted by path and at most ``most``, as the mapping that a tree is made of."""
    if most > FEW:
        return FoldedNodes(fold(NODES, nodes))
    return {node.entry.path: node for node in nodes}
