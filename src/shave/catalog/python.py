"""Python distributions: ``*.dist-info`` and ``*.egg-info``, wherever they lie.

Sources: the Python Packaging User Guide, "Recording installed projects" (RECORD is CSV, its paths are relative to the
directory that holds the dist-info) and "Core metadata"; setuptools' documentation, "The internal structure of Python
eggs"; PEP 3147 (``__pycache__``). REQUESTED (PEP 376) says nothing about who asked: uv writes it for all it installs.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from io import StringIO

from msgspec.structs import replace

from shave.catalog.markers import NAME, required
from shave.catalog.reading import Reading
from shave.needs.protocol import Files
from shave.package import Package, Unread
from shave.tree import Tree

RECORDS = (
    "**/*.dist-info/{METADATA,RECORD,top_level.txt}",
    "**/*.egg-info/{PKG-INFO,installed-files.txt,top_level.txt}",
    "**/{site,dist}-packages/*.egg-info",
)
_MODULES = re.compile(r".*/(?:site|dist)-packages")
_PYTHON = re.compile(r".*/python(\d+\.\d+)/")
_COMPILED = re.compile(r"(.+?)\.[^.]+(?:\.opt-\w+)?\.pyc")
# To understand a character of a marker takes about as long as to read so many.
_MARKER = 64
_SEPARATORS = re.compile(r"[-_.]+")


def packages(files: Files) -> Iterator[Package | Unread]:
    """Every distribution, named and versioned as its metadata says; none that another one ships within itself."""
    reading = Reading(files)
    found: dict[str, Package] = {}
    for metadata, each in reading.each(_metadata(files.tree), lambda path: _distribution(reading, path)):
        if isinstance(each, Unread):
            yield each
        else:
            found[metadata] = each
    shipped = {path for own, package in found.items() for path in package.paths if path in found and path != own}
    names = {_normalised(package.name): package.name for package in found.values()}
    for metadata, package in found.items():
        if metadata not in shipped:
            requires = {f"python:{names.get(_normalised(name), name)}" for name in package.requires}
            yield replace(package, requires=tuple(sorted(requires)))


def _metadata(tree: Tree) -> Iterator[str]:
    """The file that says what it is, of each distribution."""
    for directory, children in tree.children.items():
        if directory.endswith((".dist-info", ".egg-info")):
            name = "METADATA" if directory.endswith(".dist-info") else "PKG-INFO"
            yield from (path for path in (f"{directory}/{name}",) if path in tree)
        elif _MODULES.fullmatch(f"/{directory}"):
            yield from (path for path in children if path.endswith(".egg-info") and path not in tree.children)


def _distribution(reading: Reading, metadata: str) -> Package:
    """The package; what it requires is named as it is written."""
    fields = _fields(reading.text(metadata))
    name, version = fields["name"][:1], fields["version"][:1]
    if not name or not version or not NAME.fullmatch(name[0]):
        raise ValueError("it does not name a distribution and its version")
    python = _PYTHON.match(f"/{metadata}")
    reading.spend(_MARKER * sum(map(len, fields["requires-dist"])))
    wanted = {required(text, python[1] if python else "") for text in fields["requires-dist"]} - {""}
    return Package("python", name[0], version[0], _paths(reading, metadata), tuple(sorted(wanted)))


def _fields(text: str) -> defaultdict[str, list[str]]:
    """The header fields by name in lower case; the description that follows them is not looked at."""
    fields: defaultdict[str, list[str]] = defaultdict(list)
    for line in text.replace("\r\n", "\n").partition("\n\n")[0].split("\n"):
        name, colon, value = line.partition(":")
        if colon and not line[0].isspace():
            fields[name.lower()].append(value.strip())
    return fields


def _paths(reading: Reading, metadata: str) -> tuple[str, ...]:
    if metadata.endswith(".egg-info"):
        return (metadata,)
    place = metadata.rpartition("/")[0]
    above = place.rpartition("/")[0]
    listed = reading.listed((*_recorded(reading, place, above), *_installed(reading, place)))
    if not listed:
        listed = reading.owned((*reading.below(place), *_top_level(reading, place, above)))
    return reading.owned((*listed, *_compiled(reading.tree, listed)))


def _recorded(reading: Reading, place: str, above: str) -> Iterator[str]:
    """The paths of RECORD; absolute ones stay so."""
    try:
        for row in csv.reader(StringIO(reading.text(f"{place}/RECORD"), newline="")):
            if row and row[0]:
                yield row[0] if row[0].startswith("/") else f"{above}/{row[0]}"
    except csv.Error as error:
        raise ValueError(f"its RECORD is no CSV: {error}") from error


def _installed(reading: Reading, place: str) -> Iterator[str]:
    """The paths of installed-files.txt, which are relative to where it lies."""
    for line in reading.text(f"{place}/installed-files.txt").splitlines():
        if line.strip():
            yield f"{place}/{line.strip()}"


def _top_level(reading: Reading, place: str, above: str) -> Iterator[str]:
    for name in reading.text(f"{place}/top_level.txt").split():
        if NAME.fullmatch(name.strip("_")):
            yield from reading.below(f"{above}/{name}".lstrip("/"))
            yield from reading.below(f"{above}/{name}.py".lstrip("/"))


def _compiled(tree: Tree, paths: Iterable[str]) -> Iterator[str]:
    """What the interpreter has made of the sources."""
    modules: defaultdict[str, set[str]] = defaultdict(set)
    for path in paths:
        if path.endswith(".py"):
            directory, _, name = path.rpartition("/")
            modules[f"{directory}/__pycache__"].add(name[:-3])
    for cache, names in modules.items():
        for path in tree.children.get(cache, ()):
            compiled = _COMPILED.fullmatch(path, len(cache) + 1)
            if compiled and compiled[1] in names:
                yield path


def _normalised(name: str) -> str:
    return _SEPARATORS.sub("-", name).lower()
