"""Debian packages, from dpkg's own records in the image.

Sources: dpkg-query(1) for names, dpkg(1) "FILES", deb-md5sums(5); ``status.d`` is distroless's way to
keep one paragraph a file, with ``.md5sums`` beside it for lists.
"""

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from shave.deb822 import paragraphs
from shave.needs.protocol import Files
from shave.package import Package, real_paths

RECORDS = ("var/lib/dpkg/{status,diversions}", "var/lib/dpkg/status.d/**", "var/lib/dpkg/info/*.{list,md5sums}")
_DATABASE = "/var/lib/dpkg"
_RECORD_BYTES = 64 << 20
_NAME = re.compile(r"[a-z0-9][a-z0-9+._-]*", re.IGNORECASE)  # pkg_name_is_illegal of dpkg
_ABSENT = ("not-installed", "config-files", "half-installed")
_MD5 = re.compile(r"[0-9a-f]{32} [ *]")


class _Diversion(Struct, frozen=True):
    """The file that ``package`` did not divert lies at ``to``."""

    to: str
    package: str


class _Database(Struct, frozen=True):
    """The records at ``place``, and what makes listed paths real ones."""

    files: Files
    place: str
    real: Callable[[str], str]
    diversions: dict[str, _Diversion]

    def text(self, name: str) -> str:
        """A record's text, "" where there is none."""
        return _text(self.files, f"{self.place}/{name}")

    def paths(self, name: str, *candidates: str) -> tuple[str, ...]:
        """What the package lists, diverted and real."""
        listed = {self._diverted(path, name) for path in self._listed(candidates)}
        return tuple(sorted({self.real(path) for path in listed} - {""}))

    def _listed(self, candidates: tuple[str, ...]) -> Iterator[str]:
        for candidate in candidates:
            if text := self.text(f"{candidate}.list"):
                yield from text.split("\n")
                return
        for candidate in candidates:
            if text := self.text(f"{candidate}.md5sums"):
                yield from (f"/{_MD5.sub('', line, 1)}" for line in text.split("\n") if _MD5.match(line))
                return

    def _diverted(self, path: str, name: str) -> str:
        found = self.diversions.get(path)
        return found.to if found and found.package != name else path


def packages(files: Files) -> Iterator[Package]:
    """Every package whose files are installed, named as ``dpkg-query -W`` names it (``libc6:amd64``, ``bash``)."""
    place = files.tree.resolve(_DATABASE).path
    if place is None:
        return
    database = _Database(files, place, real_paths(files.tree), _diversions(_text(files, f"{place}/diversions")))
    for control in paragraphs(database.text("status")):
        name, architecture = control.get("package", ""), control.get("architecture", "")
        if control.get("status", "").rpartition(" ")[2] not in _ABSENT:
            yield from _package(database, control, f"info/{name}:{architecture}", f"info/{name}")
    for path in files.tree.children.get(f"{place}/status.d", ()):
        if not path.endswith(".md5sums"):
            record = path.removeprefix(f"{place}/")
            for control in paragraphs(database.text(record)):
                yield from _package(database, control, record)


def _package(database: _Database, control: dict[str, str], *candidates: str) -> Iterator[Package]:
    name, version = control.get("package", ""), control.get("version", "")
    if _NAME.fullmatch(name) and version:
        same = control.get("multi-arch") == "same"
        printed = f"{name}:{control.get('architecture', '')}" if same else name
        yield Package("dpkg", printed, version, database.paths(name, *candidates))


def _diversions(text: str) -> dict[str, _Diversion]:
    """Three lines each: the path, where it goes, who wants that (":" is the administrator). Source: dpkg-divert(1)."""
    lines = text.split("\n")
    return {path: _Diversion(to, name) for path, to, name in zip(lines[::3], lines[1::3], lines[2::3], strict=False)}


def _text(files: Files, path: str) -> str:
    found = files.tree.resolve(path).path
    entry = files.tree.get(found) if found else None
    if found is None or entry is None or entry.kind not in ("file", "hardlink"):
        return ""
    return files.read(found, 0, _RECORD_BYTES).decode("utf-8", "surrogateescape")
