"""What a language's package says it needs at run time, by its own metadata.

Frameworks load what they depend on when it is first asked for. Not so for the system's packages: their dependencies, of
all packages touched on sixteen images, cost 1.4 GB and gained nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from posixpath import commonpath

from shave.closure import Root
from shave.package import Package
from shave.reason import Link, Reason
from shave.scene import LANGUAGES, Scene
from shave.tightening import spared
from shave.widening.units import touches, whole

_BY_NAME = LANGUAGES - {"node"}
"""Node's packages of one name are told apart by where the manifest lies that asks for one: ``needs/node.py`` does."""


class Dependencies:
    """Keeps the packages that a kept package of a language requires."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.spared = scene.once(spared)
        self.by_unit: defaultdict[str, list[Package]] = defaultdict(list)
        for package in scene.catalog.packages:
            if package.manager in _BY_NAME and package.paths:
                self.by_unit[package.unit].append(package)
        self.done: set[int] = set()

    def roots(self) -> Iterable[Root]:
        """Nothing by itself."""
        return ()

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """All of what the package of ``path`` requires, once."""
        package = self.scene.imports.get(path)
        if package is None or id(package) in self.done or not touches(self.scene, path):
            return
        self.done.add(id(package))
        for unit in package.requires:
            if unit in self.by_unit:
                needed = max(self.by_unit[unit], key=lambda each: _nearness(each, path))
                yield from whole(self.scene, needed, self.spared, Reason("need", f"{package.unit} requires it", path))


def _nearness(package: Package, path: str) -> int:
    """How much of the way a package and a path share: of two of one name the one in the same environment is meant."""
    return len(commonpath((f"/{package.paths[0]}", f"/{path}")))
