"""The whole package around each used file, less what ``tightening`` leaves out.

A run shows one way through a program; its package holds the others: an interpreter's modules, a database's templates, a
server's error pages. Without this rule interpreters, JVM and databases failed, of sixteen images nine.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from shave.closure import Root
from shave.package import Package
from shave.reason import Link, Reason
from shave.scene import Scene
from shave.tightening import spared
from shave.widening.habits import shared_data

_METADATA = (".dist-info/", ".egg-info/", "/_distutils_hack/")
_SPECIFICATION = re.compile(r"(?!.*rubygems-integration/).*/specifications/[^/]+\.gemspec")
"""RubyGems reads all of them; those of Debian's packages stand for the package (RubyGems-Integration)."""


class Units:
    """Keeps the rest of a package whose file stays."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.spared = scene.once(spared)
        self.widened: set[int] = set()

    def roots(self) -> Iterable[Root]:
        """Nothing by itself."""
        return ()

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """The paths of the package that ``path`` is of, once."""
        package = self.scene.owners.get(path)
        if package is None or id(package) in self.widened or not touches(self.scene, path):
            return
        self.widened.add(id(package))
        yield from whole(self.scene, package, self.spared, Reason("unit", f"is of {package.unit}", path))


class UsedUnits(Units):
    """Keeps the rest of a package whose file a run used, or is loaded with one that it used."""

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """The paths of the package that ``path`` is of, once, if ``path`` was used."""
        if path in self.scene.narrow:
            yield from super().links(path, head)


def whole(scene: Scene, package: Package, goes: Callable[[str], str], reason: Reason) -> Iterator[Link]:
    """What stays of a package that stays; its empty directories too, which programs expect."""
    for path in package.paths:
        entry = scene.tree.get(path)
        target = scene.tree.resolve(path).path if entry and entry.kind == "symlink" else None
        if entry and not goes(path) and not (target and goes(target)):
            yield Link(path, reason)


def touches(scene: Scene, path: str) -> bool:
    """Whether a path says that its package is used: metadata, the hook of setuptools and the base's configuration are
    read for everybody.
    """
    if any(mark in path for mark in _METADATA) or path.endswith((".pth", ".egg-info")):
        return False
    if path.endswith(".gemspec") and _SPECIFICATION.fullmatch(path):
        return False
    if path not in scene.narrow and shared_data()(path):
        return False
    if path.startswith("etc/"):
        return path in scene.used and not scene.in_base(path)
    return not (scene.is_compiled_job and scene.in_base(path))
