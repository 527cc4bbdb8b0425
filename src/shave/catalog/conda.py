"""Conda packages, from the ``conda-meta`` directory of each environment.

Source: conda's documentation, "Package metadata" and "conda-meta": one JSON file a package, paths relative to the
environment.
"""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from shave.catalog.reading import Reading
from shave.needs.protocol import Files
from shave.package import Package, Unread

RECORDS = ("**/conda-meta/*.json",)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


class _Meta(Struct, frozen=True):
    name: str
    version: str
    build: str = ""
    files: list[Any] = []
    depends: list[Any] = []


def packages(files: Files) -> Iterator[Package | Unread]:
    """Every package of every environment; the version is followed by the build, as in the name of its archive."""
    reading = Reading(files)
    metas = (directory for directory in files.tree.children if f"/{directory}".endswith("/conda-meta"))
    records = (path for meta in metas for path in files.tree.children[meta] if path.endswith(".json"))
    for _, found in reading.each(records, lambda path: _package(reading, path)):
        yield found


def _package(reading: Reading, path: str) -> Package:
    meta = reading.json(path, _Meta)
    if not _NAME.fullmatch(meta.name):
        raise ValueError("its name is no name of a package")
    prefix = path.rpartition("/")[0].rpartition("/")[0]
    listed = (f"{prefix}/{file}" for file in meta.files if isinstance(file, str))
    depends = (each.split()[0] for each in meta.depends if isinstance(each, str) and each.strip())
    requires = {f"conda:{name}" for name in depends if _NAME.fullmatch(name) and not name.startswith("__")}
    version = f"{meta.version}-{meta.build}" if meta.build else meta.version
    paths = tuple(sorted({path, *reading.listed(listed)}))
    return Package("conda", meta.name, version, paths, tuple(sorted(requires)))
