"""The merged file system of an image: entries that know their layer.

Paths are normalised: no leading or trailing slash, no ``.`` or ``..`` or empty parts; the root is ``""``. Bytes that
are not UTF-8 are kept by ``surrogateescape``.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal

from msgspec import Struct

Kind = Literal["file", "directory", "symlink", "hardlink", "character", "block", "fifo"]


class Entry(Struct, frozen=True, gc=False):
    """One member of a layer's tar stream.

    ``mode`` holds the permission bits with setuid, setgid and sticky; ``mtime`` nanoseconds since the epoch; ``size``
    the bytes of a regular file's body; ``link`` a symlink's target as written or a hard link's target as a normalised
    path; ``offset`` where the body starts in the uncompressed stream; ``digest`` the xxh3-128 of a regular file's
    body (16 bytes); ``sparse`` the (offset, length) data segments of a sparse file, whose stored body is their
    concatenation.
    """

    path: str
    kind: Kind
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    size: int = 0
    link: str = ""
    device: tuple[int, int] = (0, 0)
    xattrs: tuple[tuple[str, bytes], ...] = ()
    offset: int = 0
    digest: bytes = b""
    sparse: tuple[tuple[int, int], ...] | None = None


class LayerIndex(Struct, frozen=True):
    """What one layer says: its entries in stream order, the paths it deletes below it, the directories it makes opaque.

    ``tar_bytes`` is the length of the uncompressed stream.
    """

    diff_id: str
    entries: Sequence[Entry]
    whiteouts: Sequence[str] = ()
    opaque: Sequence[str] = ()
    tar_bytes: int = 0


class Node(Struct, frozen=True, gc=False):
    """A visible path: its metadata, the layer it comes from (0 is the lowest), and which body it shares.

    For a hard link ``entry`` carries the metadata of the inode under the link's own path; ``inode`` is (layer, path
    of the first name), equal for all names of one inode.
    """

    entry: Entry
    layer: int
    inode: tuple[int, str]


class Resolved(Struct, frozen=True):
    """Where a path leads: the final path (``None`` if nothing is there), and every symlink passed on the way."""

    path: str | None
    links: tuple[str, ...] = ()


class Tree:
    """The visible nodes by path, parents before children, sorted by path."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self.nodes = nodes

    def __contains__(self, path: str) -> bool:
        return path in self.nodes

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())

    def __len__(self) -> int:
        return len(self.nodes)

    def get(self, path: str) -> Entry | None:
        """The entry at ``path`` itself; symlinks are not followed."""
        node = self.nodes.get(path)
        return node.entry if node else None

    @cached_property
    def children(self) -> dict[str, tuple[str, ...]]:
        """The paths directly below each directory that has any."""
        below: dict[str, list[str]] = {}
        for path in self.nodes:
            if path:
                below.setdefault(path.rpartition("/")[0], []).append(path)
        return {path: tuple(below.pop(path)) for path in list(below)}

    @cached_property
    def inodes(self) -> dict[tuple[int, str], tuple[str, ...]]:
        """The names of each inode that has more than one, sorted."""
        names: dict[tuple[int, str], list[str]] = {node.inode: [] for node in self if _is_further_name(node)}
        for path, node in self.nodes.items() if names else ():
            if node.inode in names and node.entry.kind != "directory":
                names[node.inode].append(path)
        return {inode: tuple(found) for inode, found in names.items() if len(found) > 1}

    @property
    def content_bytes(self) -> int:
        """Bytes of the visible regular files, hard links once."""
        linked = {node.inode: node.entry.size for node in self if _is_further_name(node) and node.entry.kind == "file"}
        others = sum(node.entry.size for node in self if node.entry.kind == "file" and node.inode not in linked)
        return others + sum(linked.values())

    def resolve(self, path: str, base: str = "", follow_last: bool = True) -> Resolved:
        """Follow ``path`` as the kernel would inside this root: ``..`` stops at the root, at most 40 symlinks.

        A relative ``path`` starts at ``base``. Source: path_resolution(7).
        """
        if path.startswith("/") or not base:
            # below no symlink is a node: what stands in the tree by its whole name needs no walk
            name = path.strip("/")
            entry = self.get(name)
            if entry is not None and (entry.kind != "symlink" or not follow_last):
                return Resolved(name)
        links: list[str] = []
        todo = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        here = "" if path.startswith("/") else base
        while todo:
            part = todo.pop()
            if part == "..":
                here = here.rpartition("/")[0]
                continue
            if part == ".":
                continue
            step = f"{here}/{part}" if here else part
            entry = self.get(step)
            if entry is None:
                return Resolved(None, tuple(links))
            if entry.kind == "symlink" and (todo or follow_last):
                if len(links) == 40:
                    return Resolved(None, tuple(links))
                links.append(step)
                if entry.link.startswith("/"):
                    here = ""
                todo.extend(piece for piece in reversed(entry.link.split("/")) if piece not in ("", "."))
                continue
            if todo and entry.kind not in ("directory", "symlink"):
                return Resolved(None, tuple(links))
            here = step
        return Resolved(here if here in self.nodes or here == "" else None, tuple(links))


def _is_further_name(node: Node) -> bool:
    """Whether the inode is called by another name than this, visible or not."""
    return node.inode != (node.layer, node.entry.path) and node.entry.kind != "directory"


def parents(path: str) -> Iterator[str]:
    """Every directory above ``path``, nearest first, without the root."""
    while path := path.rpartition("/")[0]:
        yield path


def is_program(entry: Entry | None) -> bool:
    """Whether an entry is a file that may be executed."""
    return entry is not None and entry.kind == "file" and bool(entry.mode & 0o111)
