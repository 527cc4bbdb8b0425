"""Python's records: RECORD of a dist-info, installed-files.txt of an egg-info.

Of a distribution that the system's package manager installed they are files like others, whose checksums that manager
has: they stay as they are.

Sources: the Python Packaging User Guide, "Recording installed projects"; setuptools' documentation, "The internal
structure of Python eggs".
"""

import csv
from collections.abc import Iterator
from io import StringIO

from shave.package import Package
from shave.pruned.protocol import SYSTEM, Remains

_METADATA = (".dist-info/METADATA", ".dist-info/RECORD", ".egg-info/PKG-INFO")


def pruned(remains: Remains) -> Iterator[tuple[str, bytes]]:
    """The list of files of each distribution."""
    places = [place for package, _ in remains.packages if package.manager == "python" and (place := _place(package))]
    of_system = {path for package, _ in remains.packages if package.manager in SYSTEM for path in package.paths}
    own = [place for place in places if not of_system.intersection(_lists(place))]
    yield from remains.rewritten(
        [path for place in own for path in _lists(place)],
        lambda text, path: _record(text, path, remains) if path.endswith("RECORD") else _installed(text, path, remains),
    )


def _place(package: Package) -> str:
    """The directory of its metadata. It may hold other distributions within itself, whose records are its files."""
    found = (path.rpartition("/")[0] for path in package.paths if path.endswith(_METADATA))
    return min(found, key=lambda path: (path.count("/"), path), default="")


def _lists(place: str) -> tuple[str, ...]:
    return f"{place}/RECORD", f"{place}/installed-files.txt"


def _record(text: str, path: str, remains: Remains) -> str:
    """The rows of files that are there; their paths are relative to what holds the dist-info."""
    above = path.rpartition("/")[0].rpartition("/")[0]
    try:
        rows = list(csv.reader(StringIO(text, newline="")))
    except csv.Error as error:
        raise ValueError(f"it is no CSV: {error}") from error
    left = [row for row in rows if not row or _stays(row[0], above, remains)]
    if left == rows:
        return text
    written = StringIO(newline="")
    csv.writer(written, lineterminator="\r\n" if "\r\n" in text else "\n").writerows(left)
    return written.getvalue()


def _installed(text: str, path: str, remains: Remains) -> str:
    """The lines of files that are there; their paths are relative to where the list is."""
    place = path.rpartition("/")[0]
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.strip() or _stays(line.strip(), place, remains))


def _stays(path: str, directory: str, remains: Remains) -> bool:
    return remains.stays(path if path.startswith("/") else f"{directory}/{path}")
