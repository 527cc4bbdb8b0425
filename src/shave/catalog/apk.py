"""Alpine packages, from apk's database of what is installed.

Sources: apk(5), "apk-package" (the letters of a field) and apk-world(5); Alpine 3.22 and later keep the database below
/usr.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from shave.catalog.reading import Reading
from shave.needs.protocol import Files
from shave.package import Package, Unread

RECORDS = ("{lib,usr/lib}/apk/db/installed", "etc/apk/world")
DATABASES = ("lib/apk/db/installed", "usr/lib/apk/db/installed")
WORLD = "etc/apk/world"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*")
_DEPENDENCY = re.compile(r"[^<>=~@\s]+")


class _Record(Struct, frozen=True):
    """One package: its single-letter fields, and the paths that it lists."""

    fields: dict[str, str]
    paths: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.fields.get("P", "")

    def names(self, letter: str) -> list[str]:
        """The names of a list of dependencies, without versions and repositories."""
        return [found[0] for each in self.fields.get(letter, "").split() if (found := _DEPENDENCY.match(each))]


def packages(files: Files) -> Iterator[Package | Unread]:
    """Every package of the database, named and versioned as ``apk list -I`` does."""
    reading = Reading(files)
    databases = {files.tree.resolve(path).path for path in DATABASES} - {None}
    for _, found in reading.each(sorted(path for path in databases if path), lambda path: _database(reading, path)):
        yield from (found,) if isinstance(found, Unread) else found


def _database(reading: Reading, path: str) -> list[Package | Unread]:
    text = reading.text(path)
    blocks = [block for block in text.split("\n\n") if block.strip()]
    records = [record for block in blocks if _NAME.fullmatch((record := _record(reading, block)).name)]
    if blocks and not records:
        raise ValueError("it is no database of apk")
    providers = {name: record.name for record in records for name in record.names("p")}
    providers |= {record.name: record.name for record in records}
    world = _world(reading)
    # apk ends every package with an empty line
    cut = [] if text.endswith("\n\n") or not blocks else [Unread(path, "it ends amid a package")]
    return [*(_package(record, providers, world) for record in records if record.fields.get("V")), *cut]


def _record(reading: Reading, block: str) -> _Record:
    fields: dict[str, str] = {}
    paths, directory = [], ""
    for line in block.split("\n"):
        letter, _, value = line.partition(":")
        if letter == "F":
            directory = value
            paths.append((value, ""))
        elif letter == "R":
            paths.append((directory, value))
        else:
            fields.setdefault(letter, value)
    return _Record(fields, reading.listed(f"{directory}/{name}" for directory, name in paths))


def _package(record: _Record, providers: dict[str, str], world: set[str] | None) -> Package:
    requires = {name for each in record.names("D") if (name := _required(each, providers)) and name != record.name}
    source = record.fields.get("o", "")
    return Package(
        "apk",
        record.name,
        record.fields["V"],
        record.paths,
        tuple(sorted(f"apk:{name}" for name in requires)),
        source if source != record.name else "",
        None if world is None else record.name in world,
        architecture=record.fields.get("A", ""),
    )


def _required(name: str, providers: dict[str, str]) -> str:
    """The package that a dependency means: who provides it, or else its own name if it is one; "" for a conflict."""
    if name.startswith("!"):
        return ""
    return providers.get(name, name if _NAME.fullmatch(name) else "")


def _world(reading: Reading) -> set[str] | None:
    """What somebody asked for by name; None where that is not written down."""
    if reading.tree.resolve(WORLD).path is None:
        return None
    return {name for word in reading.text(WORLD).split() if (name := wanted(word))}


def wanted(word: str) -> str:
    """The name in a word of the world, without a version or repository; "" if there is none."""
    found = _DEPENDENCY.match(word)
    return found[0] if found else ""
