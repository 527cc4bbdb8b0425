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

_RECORDS = (".dist-info/RECORD", ".egg-info/installed-files.txt")


def pruned(remains: Remains) -> Iterator[tuple[str, bytes]]:
    """The list of files of each distribution."""
    of_system = {path for package, _ in remains.packages if package.manager in SYSTEM for path in _records(package)}
    own = (min(_records(package), key=_depth, default="") for package, _ in remains.packages if _is_python(package))
    yield from remains.rewritten(
        [path for path in own if path and path not in of_system],
        lambda text, path: _record(text, path, remains) if path.endswith("RECORD") else _installed(text, path, remains),
    )


def _is_python(package: Package) -> bool:
    return package.manager == "python"


def _records(package: Package) -> list[str]:
    return [path for path in package.paths if path.endswith(_RECORDS)]


def _depth(path: str) -> tuple[int, str]:
    """A distribution may hold others within itself, and their records are files of its own."""
    return path.count("/"), path


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
