"""PHP packages, from what Composer writes of each ``vendor`` directory.

Source: Composer's documentation, "composer.json schema", and its FilesystemRepository: version 1 wrote a list and put
each package at ``vendor/NAME``, version 2 writes an object whose packages say their ``install-path``.
"""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from shave.catalog.reading import Reading, strings
from shave.needs.protocol import Files
from shave.package import Package, Unread

RECORDS = ("**/vendor/composer/installed.json",)
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*/[a-z0-9][a-z0-9_.-]*", re.IGNORECASE)


class _Installed(Struct, frozen=True, rename="kebab"):
    name: str
    version: str
    require: Any = None
    install_path: str | None = ""


class _Packages(Struct, frozen=True):
    packages: list[_Installed]


_LAYOUTS: Any = _Packages | list[_Installed]


def packages(files: Files) -> Iterator[Package | Unread]:
    """Every package of every vendor directory, named and versioned as ``composer show`` does."""
    reading = Reading(files)
    vendors = (path for path in files.tree.children if f"/{path}".endswith("/vendor/composer"))
    records = (path for vendor in vendors if (path := f"{vendor}/installed.json") in files.tree)
    for _, found in reading.each(records, lambda path: _database(reading, path)):
        yield from (found,) if isinstance(found, Unread) else found


def _database(reading: Reading, path: str) -> list[Package]:
    found: _Packages | list[_Installed] = reading.json(path, _LAYOUTS)
    installed = found.packages if isinstance(found, _Packages) else found
    home = path.rpartition("/")[0]
    roots = {each.name: root for each in installed if (root := _root(reading, home, each))}
    return [_package(reading, each, roots) for each in installed if _NAME.fullmatch(each.name)]


def _root(reading: Reading, home: str, package: _Installed) -> str:
    """Where a package lies; "" for one that has no files, or that would hold the vendor directory itself."""
    if package.install_path is None:
        return ""
    (root,) = reading.listed((f"{home}/{package.install_path or f'../{package.name}'}",)) or ("",)
    return "" if f"{home}/".startswith(f"{root}/") else root


def _package(reading: Reading, package: _Installed, roots: dict[str, str]) -> Package:
    root = roots.get(package.name, "")
    paths = reading.owned(reading.below(root, set(roots.values()) - {root}) if root else ())
    requires = {f"composer:{name}" for name in strings(package.require) if _NAME.fullmatch(name)}
    return Package("composer", package.name, package.version, paths, tuple(sorted(requires)))
