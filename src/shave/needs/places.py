"""The directories where a language's loader looks for what a name leads to."""

import re
from collections.abc import Iterable, Iterator
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
        self.linked: set[str] = set()
        self.asked: set[str] = set()

    def find(self, names: Iterable[str], beside: Iterable[str] = ()) -> Iterator[str]:
        """The files that relative ``names`` lead to, ``beside`` being further directories; each is given once for an
        image, for it is kept from then on.
        """
        for name in names:
            yield from self._once(below(directory, name) for directory in beside)
            if name not in self.asked:
                self.asked.add(name)
                yield from self._once(below(directory, name) for directory in self.directories)

    def children(self, name: str, ending: str) -> Iterator[str]:
        """The files right below a directory of a relative name, as ``find``."""
        for directory in self.directories:
            found = self.tree.children.get(below(directory, name), ())
            yield from self._once(path for path in found if path.endswith(ending))

    def _once(self, paths: Iterable[str]) -> Iterator[str]:
        for path in paths:
            if path not in self.linked and (entry := self.tree.get(path)) and entry.kind != "directory":
                self.linked.add(path)
                yield path


def below(directory: str, name: str) -> str:
    """A relative or absolute name as seen from a directory: normalised as in ``shave.tree``, never above the root."""
    return normpath(name if name.startswith("/") else f"/{directory}/{name}").strip("/")
