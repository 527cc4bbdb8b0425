"""The records of the package managers, so that scanners see what is in the result (pruned to it when it is written)."""

from collections.abc import Iterable, Iterator

from shave.closure import Root
from shave.package import Package
from shave.reason import Link, Reason
from shave.scene import Scene

DATABASES = (
    "var/lib/dpkg/status",
    "var/lib/dpkg/diversions",
    "var/lib/apt/extended_states",
    "lib/apk/db/installed",
    "etc/apk/world",
)
_RPM = ("var/lib/rpm", "usr/lib/sysimage/rpm")
_LISTS = (".list", ".md5sums")


class Records:
    """Keeps databases, and of each kept package the lists of its files."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.done: set[int] = set()

    def roots(self) -> Iterator[Root]:
        """The databases that are there."""
        reason = Reason("habit", "says which packages are in the image, for scanners")
        yield from ((path, reason) for path in DATABASES)
        for directory in _RPM:
            yield from ((path, reason) for path in self.scene.tree.children.get(directory, ()))

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """The lists of the package of ``path``, once."""
        package = self.scene.owners.get(path)
        if package is None or package.manager != "dpkg" or id(package) in self.done:
            return
        self.done.add(id(package))
        reason = Reason("habit", f"says what is of {package.unit}, for scanners", path)
        yield from (Link(record, reason) for record in dpkg_records(package) if record in self.scene.tree)


def dpkg_records(package: Package) -> Iterable[str]:
    """Where dpkg keeps the lists of a package's files, and distroless its paragraph. Source: dpkg(1), FILES."""
    bare = package.name.partition(":")[0]
    for name in dict.fromkeys((package.name, bare)):
        yield from (f"var/lib/dpkg/info/{name}{suffix}" for suffix in _LISTS)
        yield from (f"var/lib/dpkg/status.d/{name}{suffix}" for suffix in ("", ".md5sums"))
