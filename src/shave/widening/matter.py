"""What a package is there for: by this, and not by what every package has, its record says that it is installed.

Documentation stays for a file that names it, and the configuration of all packages stays for everybody: neither makes
an installed package of one whose programs are gone.
"""

import re

from shave.package import Package
from shave.scene import Scene
from shave.tightening.parts import Parts

_POLICY = re.compile(
    r"usr/share/(?:doc/[^/]+(?:/(?:copyright|changelog|NEWS|README|TODO|AUTHORS)[^/]*)?|(?:lintian|bug)/.*)"
)
"""What Debian Policy 12.5 to 12.8 ask of every package, be it empty."""


class Matter:
    """The paths that a package is there for."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.parts = scene.once(Parts)
        self.known: dict[int, frozenset[str]] = {}

    def of(self, package: Package) -> frozenset[str]:
        """Its files and symlinks that are neither parts such as documentation and headers nor configuration; if it has
        none, its configuration; else its parts. A package that is there for what it depends on has none.
        """
        if id(package) not in self.known:
            self.known[id(package)] = self._found(package)
        return self.known[id(package)]

    def _found(self, package: Package) -> frozenset[str]:
        ranks: tuple[list[str], list[str], list[str]] = [], [], []
        for path in package.paths:
            entry = self.scene.tree.get(path)
            kinds = ("file", "symlink") if path in self.scene.owners else ("file",)  # /bin is everybody's symlink
            if entry and entry.kind in kinds and not _POLICY.fullmatch(path):
                ranks[2 if self.parts.spares(path) else path.startswith("etc/")].append(path)
        return frozenset(next((rank for rank in ranks if rank), ()))
