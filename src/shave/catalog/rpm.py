"""RPM packages, from the SQLite database that rpm keeps since 4.16.

Sources: rpm(8), "_db_backend" in the macros file; rpmdb's SQLite backend (table Packages, a header a row); rpmtag.h
for the numbers of tags; the SQLite documentation, "sqlite3_deserialize" (a database in write-ahead mode is
opened from memory once the mode bytes of its header say otherwise) and "Defense against the dark arts".

The database is opened in memory: nothing is written, no lock is taken, and what lies beside it is not looked at.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing

from msgspec import Struct

from shave.catalog.reading import PATH_MAX, Reading
from shave.needs.protocol import Files
from shave.package import Package, Unread
from shave.records import MAX_WHOLE
from shave.rpm_header import Header, parse

_DIRECTORIES = ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
RECORDS = (f"{{{','.join(_DIRECTORIES)}}}/rpmdb.sqlite",)
_NAME, _VERSION, _RELEASE, _EPOCH, _ARCHITECTURE, _SOURCE = 1000, 1001, 1002, 1003, 1022, 1044
_PROVIDES, _REQUIRES = 1047, 1049
_DIRECTORY_INDEXES, _BASE_NAMES, _DIRECTORY_NAMES = 1116, 1117, 1118
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*")
_OLDER = {"Packages": "Berkeley DB", "Packages.db": "rpm's own ndb"}
_MODE = slice(18, 20)
_STEPS = 20_000_000
"""Of SQLite's machine: a row takes some ten, unless somebody has bent the tree of pages."""


class _Record(Struct, frozen=True):
    header: Header
    name: str
    paths: tuple[str, ...]


def packages(files: Files) -> Iterator[Package | Unread]:
    """Every package of the database, named and versioned (``EPOCH:VERSION-RELEASE``) as ``rpm -qa`` prints them."""
    reading = Reading(files)
    found = (files.tree.resolve(directory).path for directory in _DIRECTORIES)
    for directory in sorted({path for path in found if path is not None}):
        database = f"{directory}/rpmdb.sqlite"
        if database in files.tree:
            read = reading.attempt(database, lambda path: _database(reading, path))
            yield from (read,) if isinstance(read, Unread) else read
            return
        for name, kind in _OLDER.items():
            if f"{directory}/{name}" in files.tree:
                yield Unread(f"{directory}/{name}", f"the database is {kind}, which is not read")


def _database(reading: Reading, path: str) -> list[Package]:
    log = reading.tree.get(f"{path}-wal")
    if log and log.size:
        raise ValueError("rpmdb.sqlite-wal holds changes that have not been merged into it")
    records = [_record(reading, parse(blob)) for blob in _blobs(reading.data(path, MAX_WHOLE))]
    providers = {name: record.name for record in records for name in record.header.strings(_PROVIDES)}
    providers |= _programs(reading, records)
    return [_package(record, providers) for record in records if _PLAIN.fullmatch(record.name)]


def _blobs(data: bytes) -> list[bytes]:
    """The headers of a database. Raises ValueError if it is damaged, or no database of rpm."""
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            database.deserialize(data[: _MODE.start] + b"\1\1" + data[_MODE.stop :])
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, len(data))
            database.set_progress_handler(lambda: 1, _STEPS)
            database.execute("PRAGMA trusted_schema = OFF")
            # a view or a virtual table would run what the image says
            stored = "SELECT 1 FROM sqlite_schema WHERE name = 'Packages' AND type = 'table' AND rootpage > 0"
            if not database.execute(stored).fetchone():
                raise ValueError("it has no table of packages")
            rows = database.execute("SELECT blob FROM Packages WHERE typeof(blob) = 'blob' ORDER BY hnum")
            return list(_bounded((blob for (blob,) in rows), len(data)))
        except (sqlite3.Error, OverflowError) as error:
            raise ValueError(f"SQLite cannot read it: {error}") from error


def _bounded(blobs: Iterable[bytes], most: int) -> Iterator[bytes]:
    """The blobs, as long as they have no more bytes than the file: columns may be computed, and pages shared."""
    for blob in blobs:
        most -= len(blob)
        if most < 0:
            raise ValueError("its headers have more bytes than the database")
        yield blob


def _record(reading: Reading, header: Header) -> _Record:
    directories, bases = header.strings(_DIRECTORY_NAMES), header.strings(_BASE_NAMES)
    pairs = zip(header.numbers(_DIRECTORY_INDEXES), bases, strict=False)
    listed = (f"{directories[index]}{base}" for index, base in pairs if index < len(directories))
    return _Record(header, header.string(_NAME), reading.listed(listed))


def _programs(reading: Reading, records: list[_Record]) -> dict[str, str]:
    """Who owns the files that others say they need, by the names that these give them (``/bin/sh``)."""
    needed = {name for record in records for name in record.header.strings(_REQUIRES) if name.startswith("/")}
    places = {name: reading.real(name) for name in needed if len(name) <= PATH_MAX}
    wanted = set(places.values())
    holders = {path: record.name for record in records for path in record.paths if path in wanted}
    return {name: holders[path] for name, path in places.items() if path in holders}


def _package(record: _Record, providers: Mapping[str, str]) -> Package:
    header = record.header
    epoch = "".join(f"{number}:" for number in header.numbers(_EPOCH)[:1])
    version = f"{epoch}{header.string(_VERSION)}-{header.string(_RELEASE)}"
    source = header.string(_SOURCE).rsplit("-", 2)[0]
    names = {providers.get(name, name) for name in header.strings(_REQUIRES)} - {record.name}
    requires = sorted(f"rpm:{name}" for name in names if _PLAIN.fullmatch(name))
    return Package(
        "rpm",
        record.name,
        version,
        record.paths,
        tuple(requires),
        source if source != record.name else "",
        architecture=header.string(_ARCHITECTURE),
    )
