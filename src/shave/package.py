"""What was installed as a whole: packages, their versions, their paths."""

from collections.abc import Iterable

from msgspec import Struct


class Package(Struct, frozen=True):
    """One installed package: ``manager`` ("dpkg"), its name and version as that manager prints them.

    ``paths`` are sorted, normalised as in ``shave.tree``, symlinked directories resolved; they need not be there any
    more.
    """

    manager: str
    name: str
    version: str
    paths: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """``manager:name``, such as ``dpkg:libc6:amd64``: the same in every version, different for every manager."""
        return f"{self.manager}:{self.name}"


def owners(packages: Iterable[Package]) -> dict[str, str]:
    """The unit of each path that exactly one package has; what several share belongs to none."""
    found: dict[str, str] = {}
    for package in packages:
        for path in package.paths:
            found[path] = package.unit if found.setdefault(path, package.unit) == package.unit else ""
    return {path: unit for path, unit in found.items() if unit}
