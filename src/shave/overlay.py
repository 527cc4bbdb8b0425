"""Layers merged into the tree that a container sees.

Rules: the OCI layer specification, and where it is silent, what a container really gets: each layer is unpacked alone
and overlayfs merges them (measured with Docker 20.10's overlay2; containerd does the same). So a layer that writes
``lib/x`` over a lower symlink ``lib`` hides the symlink by a directory (umoci and vfs stores would follow it), while a
parent that a layer leaves out keeps the metadata that the layers below gave it (containerd; Docker resets it to 0755).
"""

from collections.abc import Sequence

from msgspec.structs import replace

from shave.errors import BadImageError
from shave.tree import Entry, LayerIndex, Node, Tree

# A path of 4096 bytes may imply 2047 directories; the sum of them needs a bound of its own.
MAX_NODES = 8_000_000


def overlay(indices: Sequence[LayerIndex]) -> Tree:
    """The merged tree of layers, lowest first; always with a root. Raises BadImageError for a link to nothing."""
    nodes = _merged(indices)
    return Tree({path: nodes[path] for path in sorted(nodes)})


def _merged(indices: Sequence[LayerIndex]) -> dict[str, Node]:
    merge = _Merge()
    for layer, index in enumerate(indices):
        try:
            merge.apply(layer, index)
        except BadImageError as error:
            raise BadImageError(f"layer {layer + 1} ({index.diff_id}): {error}", error.hint) from error
    return merge.nodes


class _Merge:
    """The tree while it grows. ``below`` has the names in each directory, and only directories as keys."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {"": Node(Entry("", "directory", 0o755), 0, (0, ""))}
        self.below: dict[str, set[str]] = {"": set()}
        self.links: dict[tuple[int, str], list[str]] = {}

    def apply(self, layer: int, index: LayerIndex) -> None:
        """Put a layer over what is there. Its deletions come first: they hit lower layers only, wherever they stand."""
        for path in index.opaque:
            for below in tuple(self.below.get(path, ())):
                self.remove(below)
        for path in index.whiteouts:
            if path in self.nodes:
                self.remove(path)
        self.links = {}
        for entry in index.entries:
            if entry.kind == "hardlink":
                self.link(layer, entry)
            else:
                self.put(Node(entry, layer, self.inode(layer, entry.path)))
        self.settle()

    def put(self, node: Node) -> None:
        """Place a node; only a directory over a directory keeps what is below it."""
        path = node.entry.path
        directory = node.entry.kind == "directory"
        old = self.nodes.get(path)
        if old is None:
            self.adopt(path, node.layer)
        elif not (directory and path in self.below):
            self.remove(path)
            self.adopt(path, node.layer)
        self.nodes[path] = node
        if directory and path not in self.below:
            self.below[path] = set()

    def adopt(self, path: str, layer: int) -> None:
        """Make ``path`` a child of its parent, and make up the parents that are no directories yet."""
        missing: list[str] = []
        parent = path.rpartition("/")[0]
        while parent not in self.below:
            missing.append(parent)
            parent = parent.rpartition("/")[0]
        if missing and len(self.nodes) > MAX_NODES:
            raise BadImageError(f"its paths imply more than {MAX_NODES} entries")
        for made in reversed(missing):
            if made in self.nodes:
                self.remove(made)
            self.nodes[made] = Node(Entry(made, "directory", 0o755), layer, (layer, made))
            self.below[parent].add(made)
            self.below[made] = set()
            parent = made
        self.below[parent].add(path)

    def remove(self, path: str) -> None:
        """Take a node and all below it away."""
        self.below[path.rpartition("/")[0]].discard(path)
        waiting = [path]
        while waiting:
            gone = waiting.pop()
            waiting.extend(self.below.pop(gone, ()))
            del self.nodes[gone]

    def link(self, layer: int, entry: Entry) -> None:
        """Another name of an inode of the same layer; else of a lower one, as umoci does (Docker refuses)."""
        target = self.nodes.get(entry.link)
        if target is None or target.entry.kind == "directory":
            raise BadImageError(f"the hard link {entry.path!r} leads to {entry.link!r}, which is no file")
        if entry.path == entry.link:
            return
        self.put(Node(replace(target.entry, path=entry.path), target.layer, target.inode))
        if target.layer == layer:
            self.links.setdefault(target.inode, [target.inode[1]]).append(entry.path)

    def inode(self, layer: int, path: str) -> tuple[int, str]:
        """What to call a new inode until the layer is settled: a replaced file may live on under its other names."""
        inode = (layer, path)
        while inode in self.links:
            inode = (layer, inode[1] + "\0")
        if inode[1] != path:
            self.links[inode] = [path]
        return inode

    def settle(self) -> None:
        """Call every inode of the layer with hard links by the first name that it still has."""
        alive = {
            inode: [name for name in names if (node := self.nodes.get(name)) and node.inode == inode]
            for inode, names in self.links.items()
        }
        for inode, names in alive.items():
            for name in names:
                self.nodes[name] = replace(self.nodes[name], inode=(inode[0], names[0]))
