"""The directories where a language's loader looks for what a name leads to."""

import re
from collections.abc import Iterable
from posixpath import normpath

from shave.tree import Tree

MOST_BYTES = 1 << 20
"""Of a source file: what stands further behind is data."""


class Places:
    """Looks names up in all directories of a loader: which of two equal names it takes depends on how it is started."""

    def __init__(self, tree: Tree, known: re.Pattern[str], more: Iterable[str] = ()) -> None:
        """``known`` matches directories of the tree, ``more`` are further ones as a variable names them."""
        listed = (tree.resolve(directory).path for directory in more if directory.startswith("/"))
        found = sorted(directory for directory in tree.children if known.fullmatch(directory))
        self.tree, self.directories = tree, tuple(dict.fromkeys((*filter(None, listed), *found)))
        self.found: dict[str, tuple[str, ...]] = {}

    def find(self, name: str) -> tuple[str, ...]:
        """The files and symlinks that a relative or absolute name leads to."""
        if name not in self.found:
            self.found[name] = self.beside(name, self.directories)
        return self.found[name]

    def beside(self, name: str, directories: Iterable[str]) -> tuple[str, ...]:
        """As ``find``, in these directories."""
        paths = dict.fromkeys(below(directory, name) for directory in directories)
        return tuple(path for path in paths if (entry := self.tree.get(path)) and entry.kind != "directory")

    def children(self, name: str) -> tuple[str, ...]:
        """What lies right below directories of a relative name."""
        return tuple(
            path for directory in self.directories for path in self.tree.children.get(below(directory, name), ())
        )


def below(directory: str, name: str) -> str:
    """A relative or absolute name as seen from a directory: normalised as in ``shave.tree``, never above the root."""
    return normpath(name if name.startswith("/") else f"/{directory}/{name}").strip("/")
