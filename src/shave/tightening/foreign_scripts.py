"""Perl scripts of a package that does not depend on Perl, and that no run started: openssl's c_rehash, for one.

Debian's perl-base is Essential, so that packages may use it without saying so; to keep such a script is to keep 7 MB of
interpreter for what the package's own maintainer counts as optional. In an image that is this tool they stay.
"""

import re

from shave.package import Package
from shave.scene import Scene

_PERL = re.compile(rb"#! ?(?:/usr)?(?:/local)?/bin/(?:env )?perl")


class ForeignScripts:
    """Leaves out scripts whose interpreter only the base has."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def spares(self, path: str) -> str:
        """Words for a script whose interpreter nothing else keeps."""
        package = self.scene.owners.get(path)
        entry = self.scene.tree.get(path)
        if package is None or package.manager != "dpkg" or entry is None or not entry.mode & 0o111:
            return ""
        if package is self.scene.tool or _asks(package):
            return ""
        if entry.kind != "file" or not entry.size or not _PERL.match(self.scene.files.read(path, 0, 64)):
            return ""
        return "a Perl script of a package that does not depend on Perl"


def _asks(package: Package) -> bool:
    """Whether a package is of Perl, or depends on it."""
    return package.name.startswith("perl") or any(unit.startswith("dpkg:perl") for unit in package.requires)
