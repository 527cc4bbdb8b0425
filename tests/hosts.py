"""Directories of this machine as the files of an image: oracles for what code names."""

import os
from collections.abc import Iterable
from pathlib import Path

from shave.closure import closure
from shave.needs import Need
from shave.reason import Link, Reason
from shave.tree import Entry, Node, Tree


class Host:
    """What lies below some directories, symlinks resolved by nobody but the tree."""

    def __init__(self, *directories: str) -> None:
        nodes = {"": Node(Entry("", "directory"), 0, (0, ""))}
        for top in directories:
            for above in (*reversed(Path(top).parents), Path(top)):
                self._add(nodes, str(above))
            for where, below, names in os.walk(top):
                for name in (*below, *names):
                    self._add(nodes, f"{where}/{name}")
        self.tree = Tree(dict(sorted(nodes.items())))

    def _add(self, nodes: dict[str, Node], name: str) -> None:
        path, real = name.strip("/"), Path(name)
        if real.is_symlink():
            entry = Entry(path, "symlink", link=str(real.readlink()))
        elif real.is_dir():
            entry = Entry(path, "directory")
        else:
            status = real.stat()
            entry = Entry(path, "file", status.st_mode & 0o7777, size=status.st_size)
        nodes[path] = Node(entry, 0, (0, path))

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        """Bytes of a file."""
        with Path(f"/{path}").open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def kept(self, need: Need, start: Iterable[str]) -> frozenset[str]:
        """The paths that some files lead to."""

        def links(path: str) -> Iterable[Link]:
            entry = self.tree.get(path)
            return need.links(path, self.read(path, 0, 256)) if entry and entry.kind == "file" else ()

        roots = [(path, Reason("trace", "opened by start")) for path in start]
        return frozenset(closure(self.tree, roots, links, lambda path: False))
