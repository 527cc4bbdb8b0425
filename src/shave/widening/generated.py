"""State that packages made when they were installed: in directories of their own, or beside what is used.

No list names it: a database's first cluster, a font cache, compiled schemas. It goes with the packages whose directory
it lies in, if these are few; where the system's package manager made a directory of nobody's (/var/lib/mysql), it stays
whole as soon as anything in it is used.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from shave.closure import Root
from shave.package import Package
from shave.reason import Link, Reason
from shave.scene import Scene
from shave.tightening.parts import Parts
from shave.tree import parents
from shave.widening.units import touches

FEW = 3
"""More packages than these share a directory that is nobody's."""
_SHARED = frozenset({"", "var", "var/lib", "var/cache", "usr", "usr/lib", "usr/share", "run", "opt", "srv", "home"})


class Generated:
    """Keeps unlisted files with the packages, or the neighbours, that they were made for."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.parts = scene.once(Parts)
        self.of_package, self.of_place = scene.once(_generated)
        self.done: set[object] = set()

    def roots(self) -> Iterable[Root]:
        """Nothing by itself."""
        return ()

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """What was made for the package of ``path``, and what lies beside it in a place of nobody's."""
        package = self.scene.owners.get(path)
        if package is not None and touches(self.scene, path):
            yield from self._once(self.of_package, package.unit, f"was made for {package.unit}", path)
        elif package is None and path in self.scene.used and (place := place_of(self.scene, path)):
            yield from self._once(self.of_place, place, f"lies in /{place}, which is used", path)

    def _once(self, found: Mapping[str, list[str]], key: str, words: str, source: str) -> Iterator[Link]:
        if key in found and (words, key) not in self.done:
            self.done.add((words, key))
            yield from (Link(path, Reason("unit", words, source)) for path in found[key] if not self.parts.spares(path))


def _generated(scene: Scene) -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
    """Unowned paths by the unit of the directory they lie in, and by the place of nobody's."""
    of_package: defaultdict[str, list[str]] = defaultdict(list)
    of_place: defaultdict[str, list[str]] = defaultdict(list)
    for path in scene.tree.nodes:
        if path and path not in scene.owners and not path.startswith("etc/"):
            for package in (owners := nearest_owners(scene, path)):
                of_package[package.unit].append(path)
            if not owners and (place := place_of(scene, path)):
                of_place[place].append(path)
    return of_package, of_place


def nearest_owners(scene: Scene, path: str) -> tuple[Package, ...]:
    """The packages that list the nearest directory above that any lists; none where these are many."""
    listing = scene.directories
    for above in parents(path):
        if above in listing:
            return listing[above] if len(listing[above]) <= FEW else ()
    return ()


def place_of(scene: Scene, path: str) -> str:
    """The topmost directory above ``path`` that no package lists, below one that many share; "" if there is none."""
    place = ""
    for above in parents(path):
        if above in scene.directories or above in _SHARED:
            return place if above.startswith("var") else ""
        place = above
    return ""
