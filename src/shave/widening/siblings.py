"""Packages of the system that a used one depends on, and that no link of a file leads to.

Those of the same family of sources (a server's client tools: health checks, ``docker exec``) and those that hold data
alone (libmagic's database, fonts, icons): programs name them by paths that they put together.
"""

import re
from collections.abc import Iterable, Iterator

from shave.closure import Root
from shave.package import Package
from shave.reason import Link, Reason
from shave.scene import Scene
from shave.tightening import spared
from shave.widening.units import touches, whole

_WORD = re.compile(r"[a-z]+(?:[a-z0-9]*[a-z])?")
_MANAGERS = ("dpkg", "apk", "rpm")
_CODE = re.compile(r"usr/share/(?:perl5?|perl/|python3?|ruby|nodejs|php|java|gems|maven-repo|npm)/?.*")
_NOT_DATA = re.compile(r"(?!usr/share/|etc/|var/|usr/lib/mime/).*")
_SCRIPTED = ("debconf", "adduser", "ucf", "perl", "init-system-helpers", "systemd", "udev", "dbus")
_NEVER = frozenset(f"dpkg:{name}" for name in _SCRIPTED)
"""What only maintainer scripts and init systems call (Debian Policy 6.5, 9.3)."""


class Siblings:
    """Keeps packages of the same family of sources and packages of data."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.spared = scene.once(spared)
        self.done: set[tuple[int, bool]] = set()

    def roots(self) -> Iterable[Root]:
        """Nothing by itself."""
        return ()

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """What of the dependencies of the package of ``path`` stays with it, once."""
        package = self.scene.owners.get(path)
        if package is None or package.manager not in _MANAGERS:
            return
        if path not in self.scene.narrow and self.scene.in_base(path):
            return
        if not touches(self.scene, path):
            return
        yield from self._around(package, path, path in self.scene.narrow)

    def _around(self, package: Package, path: str, used: bool) -> Iterator[Link]:
        """What stays with a package: data that it depends on, and of one that a run used its own family, and so on."""
        todo = [package]
        while todo:
            each = todo.pop()
            if (id(each), used) in self.done:
                continue
            self.done.add((id(each), used))
            for other in self.scene.depends_on(each):
                words = self._kept_with(each, other, used) if other.bare not in _NEVER else ""
                if words:
                    todo += [other] if used and _family(each) == _family(other) else []
                    yield from whole(self.scene, other, self.spared, Reason("unit", words, path))

    def _kept_with(self, package: Package, other: Package, used: bool) -> str:
        if used and _family(package) == _family(other):
            shared = "the same source as" if _source(package) == _source(other) else "one family of sources with"
            return f"{other.unit} is of {shared} {package.unit}, which depends on it"
        if self._is_data(other):
            return f"{other.unit} is data that {package.unit} depends on"
        return ""

    def _is_data(self, package: Package) -> bool:
        """Whether all files of a package are data."""
        files = [path for path in package.paths if (entry := self.scene.tree.get(path)) and entry.kind != "directory"]
        return bool(files) and not any(_CODE.fullmatch(path) or _NOT_DATA.fullmatch(path) for path in files)


def _family(package: Package) -> str:
    """What sources of one family begin with: ``postgresql`` of postgresql-15 and postgresql-common."""
    found = _WORD.match(_source(package))
    return found[0] if found else ""


def _source(package: Package) -> str:
    return package.source or package.bare.partition(":")[2]
