"""The records of the package managers, so that scanners see what is in the result (pruned to it when it is written)."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from shave.closure import Root
from shave.package import Package
from shave.plan import UnitFate
from shave.reason import Because, Link, Reason
from shave.scene import Scene
from shave.widening.matter import Matter

DATABASES = (
    "var/lib/dpkg/status",
    "var/lib/dpkg/arch",
    "var/lib/dpkg/diversions",
    "var/lib/dpkg/info/format",
    "var/lib/apt/extended_states",
    "lib/apk/db/installed",
    "usr/lib/apk/db/installed",
    "etc/apk/world",
)
_RPM = ("var/lib/rpm", "usr/lib/sysimage/rpm")
_NOBODYS: frozenset[Because] = frozenset({"habit", "unit", "application", "grain", "symlink"})
_LISTS = (".list", ".md5sums")
_METADATA = re.compile(r"((?:.+/)?(?:site|dist)-packages/[^/]+\.(?:dist|egg)-info)/(?:METADATA|RECORD|PKG-INFO)")


class Records:
    """Keeps databases, and of each kept package the lists of its files.

    Without ``info/format`` dpkg would look for lists by the names that they had before multiarch. A package that has
    nothing of its own keeps its lists until it is known who else is gone; what says nothing then is left out by
    ``unrecorded``.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.matter = scene.once(Matter)
        self.done: set[int] = set()

    def roots(self) -> Iterator[Root]:
        """The databases that are there."""
        reason = Reason("habit", "says which packages are in the image, for scanners")
        yield from ((path, reason) for path in DATABASES)
        for directory in _RPM:
            yield from ((path, reason) for path in self.scene.tree.children.get(directory, ()))
        for package in self.scene.catalog.packages:
            if package.manager == "dpkg" and not self.matter.of(package):
                yield from ((path, reason) for path in dpkg_records(package))

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """The lists of the system's package and the metadata of the Python distribution that ``path`` is of, once."""
        for package in (self.scene.owners.get(path), self.scene.imports.get(path)):
            if package is not None and id(package) not in self.done:
                self.done.add(id(package))
                reason = Reason("habit", f"says what is of {package.unit}, for scanners", path)
                yield from (Link(record, reason) for record in _records(package) if record in self.scene.tree)


def _records(package: Package) -> Iterable[str]:
    if package.manager == "dpkg":
        return dpkg_records(package)
    if package.manager != "python":
        return ()
    places = (found[1] for path in package.paths if (found := _METADATA.fullmatch(path)))
    return (f"{place}/{name}" for place in places for name in ("METADATA", "PKG-INFO", "RECORD", "installed-files.txt"))


def dpkg_records(package: Package) -> Iterable[str]:
    """Where dpkg keeps the lists of a package's files, and distroless its paragraph. Source: dpkg(1), FILES."""
    for name in dict.fromkeys((package.name, package.bare.removeprefix("dpkg:"))):
        yield from (f"var/lib/dpkg/info/{name}{suffix}" for suffix in _LISTS)
        yield from (f"var/lib/dpkg/status.d/{name}{suffix}" for suffix in ("", ".md5sums"))


def unrecorded(packages: Iterable[tuple[Package, UnitFate]], kept: Mapping[str, Collection[Reason]]) -> dict[str, str]:
    """The kept records of packages that are gone, which no run used and nobody asked for, each with words."""
    return {
        path: f"nothing of {package.unit} is left to record"
        for package, fate in packages
        if package.manager == "dpkg" and fate.fate == "gone"
        for path in dpkg_records(package)
        if path in kept and all(reason.because in _NOBODYS for reason in kept[path])
    }
