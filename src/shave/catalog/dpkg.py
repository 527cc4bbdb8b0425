"""Debian packages, from dpkg's own records in the image.

Sources: dpkg-query(1) for names, dpkg(1) "FILES", deb-md5sums(5); ``status.d`` is distroless's way to keep one
paragraph a file, with ``.md5sums`` beside it. Checksums are of files alone and of no configuration: where ``info`` has
a list too, as ``shave build`` writes it, that says more.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from shave.catalog.reading import Reading
from shave.deb822 import paragraphs
from shave.needs.protocol import Files
from shave.package import Package, Unread

RECORDS = (
    "var/lib/dpkg/{status,diversions}",
    "var/lib/dpkg/status.d/**",
    "var/lib/dpkg/info/*.{list,md5sums}",
    "var/lib/apt/extended_states",
)
DATABASE = "/var/lib/dpkg"
STATES = "/var/lib/apt/extended_states"
_NAME = re.compile(r"[a-z0-9][a-z0-9+._-]*", re.IGNORECASE)  # pkg_name_is_illegal of dpkg
_MOST_DIVERSIONS = 1 << 20
"""Bytes; a system has some dozens of diversions."""
_ABSENT = ("not-installed", "config-files", "half-installed")
_MD5 = re.compile(r"[0-9a-f]{32} [ *]")


class Diversion(Struct, frozen=True):
    """The file that ``package`` did not divert lies at ``to``."""

    to: str
    package: str


class _Database(Struct, frozen=True):
    """The records at ``place``, what was diverted, what apt installed of its own accord (None: nothing says that)."""

    reading: Reading
    place: str
    diversions: dict[str, Diversion]
    automatic: frozenset[tuple[str, str]] | None

    def lists(self, *candidates: str) -> Iterator[str]:
        """The lists of files that are there, the best first."""
        for suffix in ("list", "md5sums"):
            paths = (f"{self.place}/{candidate}.{suffix}" for candidate in candidates)
            yield from (path for path in paths if self.reading.tree.resolve(path).path)

    def paths(self, name: str, record: str) -> tuple[str, ...]:
        """What a package lists, diverted and real."""
        return self.reading.listed(diverted(self.diversions, path, name) for path in self._listed(record))

    def _listed(self, record: str) -> Iterator[str]:
        lines = self.reading.text(record).split("\n")
        if record.endswith(".list"):
            yield from lines
        else:
            yield from (f"/{_MD5.sub('', line, 1)}" for line in lines if _MD5.match(line))


def packages(files: Files) -> Iterator[Package | Unread]:
    """Every package whose files are installed, named as ``dpkg-query -W`` names it (``libc6:amd64``, ``bash``)."""
    place = files.tree.resolve(DATABASE).path
    if place is None:
        return
    reading = Reading(files)
    database = reading.attempt(place, lambda _: _opened(reading, place))
    if isinstance(database, Unread):
        yield database
    else:
        singles = {record: _controls(database, record) for record in _records(database)}
        yield from _status(database, _names(singles.values()))
        for record, controls in singles.items():
            yield from _single(database, record, controls)


def _records(database: _Database) -> Iterator[str]:
    """The files of ``status.d`` that hold paragraphs."""
    for path in database.reading.tree.children.get(f"{database.place}/status.d", ()):
        if not path.endswith(".md5sums"):
            yield path.removeprefix(f"{database.place}/")


def _names(records: Iterable[list[dict[str, str]] | Unread]) -> set[str]:
    return {control["package"] for controls in records if isinstance(controls, list) for control in controls}


def _opened(reading: Reading, place: str) -> _Database:
    moved = diversions(reading.text(f"{place}/diversions", _MOST_DIVERSIONS))
    states = reading.text(STATES) if reading.tree.resolve(STATES).path else None
    return _Database(reading, place, moved, None if states is None else _automatic(states))


def _status(database: _Database, others: set[str]) -> Iterator[Package | Unread]:
    """The packages of ``status``, whose lists are in ``info``: dpkg keeps one of each, if only of directories. The
    names of ``others`` are in ``status.d``.
    """
    controls = _controls(database, "status")
    if isinstance(controls, Unread):
        yield controls
        return
    yield from _unnamed(database, _names([controls]) | others)
    unlisted = []
    for control in filter(installed, controls):
        lists = tuple(database.lists(*_info(control)))
        unlisted += [control["package"]] * (not lists)
        yield _package(database, control, lists)
    if unlisted:
        yield Unread(f"{database.place}/info", f"it has no list of the files of {_shown(unlisted)}")


def _unnamed(database: _Database, known: set[str]) -> Iterator[Unread]:
    """What is wrong with a status that was cut off: dpkg has a paragraph for each list."""
    listed = database.reading.tree.children.get(f"{database.place}/info", ())
    names = (path.rpartition("/")[2].removesuffix(".list") for path in listed if path.endswith(".list"))
    if unnamed := sorted({name.partition(":")[0] for name in names} - known):
        yield Unread(f"{database.place}/status", f"it does not name {_shown(unnamed)}, whose files are listed")


def _shown(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")


def _info(control: Mapping[str, str]) -> tuple[str, str]:
    name = control["package"]
    return f"info/{name}:{control.get('architecture', '')}", f"info/{name}"


def _single(database: _Database, record: str, controls: list[dict[str, str]] | Unread) -> Iterator[Package | Unread]:
    """The packages of a file of ``status.d``, which have lists if they have files."""
    if isinstance(controls, Unread):
        yield controls
        return
    for control in filter(installed, controls):
        yield _package(database, control, tuple(database.lists(*_info(control), record)))


def _controls(database: _Database, record: str) -> list[dict[str, str]] | Unread:
    """The paragraphs of packages; Unread for a file that has none."""

    def read(path: str) -> list[dict[str, str]]:
        text = database.reading.text(path)
        found = [control for control in paragraphs(text) if "package" in control]
        if text.strip() and not found:
            raise ValueError("it lists no packages")
        return found

    return database.reading.attempt(f"{database.place}/{record}", read)


def installed(control: Mapping[str, str]) -> bool:
    """Whether a paragraph of status is about a package whose files are there."""
    state = control.get("status", "").rpartition(" ")[2]
    return state not in _ABSENT and bool(_NAME.fullmatch(control["package"])) and bool(control.get("version"))


def named(control: Mapping[str, str]) -> str:
    """What ``dpkg-query -W`` calls the package of a paragraph: with its architecture where there may be several."""
    name, architecture = control["package"], control.get("architecture", "")
    return f"{name}:{architecture}" if control.get("multi-arch") == "same" else name


def _package(database: _Database, control: dict[str, str], lists: tuple[str, ...]) -> Package | Unread:
    name, architecture = control["package"], control.get("architecture", "")
    source = control.get("source", "").partition(" ")[0]
    paths = database.reading.attempt(lists[0], lambda path: database.paths(name, path)) if lists else ()
    if isinstance(paths, Unread):
        return paths
    return Package(
        "dpkg",
        named(control),
        control["version"],
        paths,
        tuple(sorted(f"dpkg:{needed}" for needed in _needed(control))),
        source if source != name else "",
        None if database.automatic is None else (name, architecture) not in database.automatic,
        architecture=architecture,
    )


def _needed(control: dict[str, str]) -> set[str]:
    """The first alternative of each dependency. Source: deb-control(5), Depends."""
    clauses = f"{control.get('depends', '')},{control.get('pre-depends', '')}".split(",")
    return {found[0] for clause in clauses if (found := _NAME.match(clause.strip()))}


def _automatic(text: str) -> frozenset[tuple[str, str]]:
    """Names and architectures of what apt installed because something else needed it.

    Source: apt's documentation, apt-mark(8). For a package of architecture "all" apt writes the machine's own.
    """
    states = [state for state in paragraphs(text) if state.get("auto-installed") == "1"]
    names = [state.get("package", "") for state in states]
    architectures = [state.get("architecture", "") for state in states]
    return frozenset([*zip(names, architectures, strict=True), *((name, "all") for name in names)])


def diverted(moved: Mapping[str, Diversion], path: str, name: str) -> str:
    """Where the file lies that package ``name`` lists as ``path``."""
    found = moved.get(path)
    return found.to if found and found.package != name else path


def diversions(text: str) -> dict[str, Diversion]:
    """Three lines each: the path, where it goes, who wants that (":" is the administrator). Source: dpkg-divert(1)."""
    lines = text.split("\n")
    return {path: Diversion(to, name) for path, to, name in zip(lines[::3], lines[1::3], lines[2::3], strict=False)}
