"""Debian packages as strata: their data archives as they are, of which an index says what comes in and where."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from shave.allowance import Allowance
from shave.catalog.dpkg import named
from shave.columns import ENTRIES
from shave.debian import deb
from shave.debian.merged_usr import ALIASES
from shave.errors import BadImageError, CannotError
from shave.events import Sink
from shave.folded import fold
from shave.lock import LockedPackage
from shave.origins.debian_conflicts import Shipped, settled
from shave.origins.debian_files import chosen, placed, roots, selection
from shave.parallel import Advance, each
from shave.spec import Spec
from shave.stage import MaintainerScript, Stratum, copied, made
from shave.store import PlainLayer
from shave.tar_reader import WHITEOUT, Contents, scan
from shave.tree import Entry, LayerIndex

SCRIPTS = ("preinst", "postinst", "config", "templates", "triggers")
"""What dpkg runs, or acts on, when it installs."""


class Debian(Struct, frozen=True):
    """What packages give. By unit: the fields of their control file as written, and the paths of those of their
    configuration files that are in the image.
    """

    strata: tuple[Stratum, ...]
    scripts: tuple[MaintainerScript, ...] = ()
    controls: Mapping[str, Mapping[str, str]] = {}
    conffiles: Mapping[str, tuple[str, ...]] = {}


class _Opened(Struct, frozen=True):
    """A package and its data archive as a plain tar on disk."""

    unit: str
    deb: deb.Deb
    plain: PlainLayer


def strata(
    packages: Sequence[LockedPackage], files: Mapping[str, Path], spec: Spec, directory: Path, sink: Sink
) -> Debian:
    """A stratum for each package, in their order; below them the symlinks of merged /usr that none of them ships.

    ``files`` are verified package files by SHA-256; plain tars are written into ``directory``. Raises BadImageError for
    a package that is broken, CannotError for one that is another than was locked, for files of two packages at one
    path, for a full disk.
    """
    allowance = Allowance(sum(package.packed_bytes for package in packages))

    def work(item: tuple[int, LockedPackage], advance: Advance) -> _Opened:
        number, package = item
        opened = _opened(package, files[package.sha256], directory / f"package-{number}.tar", allowance)
        advance(package.packed_bytes)
        return opened

    total = sum(package.packed_bytes for package in packages)
    opened = each("packages", total, enumerate(packages), work, sink)
    takes = selection(spec)
    shipped = [
        Shipped(
            one.deb.fields,
            one.deb.others.get("preinst", b""),
            one.plain.index.entries,
            chosen(one.plain.index.entries, takes),
        )
        for one in opened
    ]
    places = settled(shipped)
    return Debian(
        (*_merged_usr(opened, places, directory), *map(_stratum, opened, places)),
        tuple(script for one in opened for script in _scripts(one)),
        {one.unit: one.deb.written for one in opened},
        {one.unit: _conffiles(one, where) for one, where in zip(opened, places, strict=True)},
    )


def _opened(package: LockedPackage, path: Path, place: Path, allowance: Allowance) -> _Opened:
    name = f"{package.name} {package.version}"
    found = deb.open(path, name)
    locked = (package.name, package.version, package.architecture)
    if tuple(found.fields[field] for field in ("package", "version", "architecture")) != locked:
        other = " ".join(found.fields[field] for field in ("package", "version", "architecture"))
        raise CannotError(f"the package file locked as {' '.join(locked)} is {other}", "resolve the spec anew: --lock")
    return _Opened(f"dpkg:{named(found.fields)}", found, PlainLayer(place, 0, _index(found, place, allowance), 0))


def _index(package: deb.Deb, place: Path, allowance: Allowance) -> LayerIndex:
    """What the data archive says, whose tar goes to ``place`` in the same pass."""
    try:
        with place.open("wb") as file:
            contents = scan(copied(allowance.spend(package.plain()), file), allowance.hold)
            _check(contents)
            return LayerIndex("", contents.entries, (), (), file.tell())
    except BadImageError as error:
        raise BadImageError(f"the package {package.name} is broken: {error}", error.hint or deb.OTHER) from error
    except OSError as error:
        words = error.strerror or error
        raise CannotError(
            f"the package {package.name} cannot be unpacked: {words}", "look at the disk and at TMPDIR"
        ) from error


def _check(contents: Contents) -> None:
    """Debian's policy has no device in a package (10.6), a layer could not say that a file is called ``.wh.x``, and
    lists of files have a line for each: dpkg refuses other names too.
    """
    for path in (*contents.whiteouts, *contents.opaque):
        raise BadImageError(f"about /{path} it has a file {WHITEOUT}*, which would mean a deletion in an image")
    for entry in contents.entries:
        if entry.kind in ("character", "block"):
            raise BadImageError(f"it has the device /{entry.path}")
        if "\n" in entry.path:
            raise BadImageError(f"it has a file {entry.path[:200]!r}, whose name has a line break")
    roots(contents.entries)


def _stratum(one: _Opened, where: Mapping[str, str]) -> Stratum:
    entries = fold(ENTRIES, placed(one.plain.index.entries, where))
    index = LayerIndex("", entries, (), (), one.plain.index.tar_bytes)
    return Stratum(one.unit, "system", PlainLayer(one.plain.path, 0, index, 0))


def _merged_usr(opened: Sequence[_Opened], places: Sequence[Mapping[str, str]], directory: Path) -> Iterator[Stratum]:
    """The symlinks that lead into /usr, which bookworm's base-files does not ship yet."""
    there = {"/".join(place.split("/")[:2]) for where in places for place in where.values()}
    missing = [name for name in ALIASES if f"usr/{name}" in there and name not in there]
    if missing:
        unit = "dpkg:base-files" if any(one.unit == "dpkg:base-files" for one in opened) else "spec:merged-usr"
        links = [(Entry(name, "symlink", 0o777, link=f"usr/{name}"), b"") for name in missing]
        yield made(unit, "system", links, directory / "merged-usr.tar")


def _scripts(one: _Opened) -> Iterator[MaintainerScript]:
    return (MaintainerScript(one.unit, name, one.deb.others[name]) for name in SCRIPTS if name in one.deb.others)


def _conffiles(one: _Opened, where: Mapping[str, str]) -> tuple[str, ...]:
    paths = (path.strip("/") for path in one.deb.conffiles)
    return tuple(sorted(where[path] for path in paths if path in where))
