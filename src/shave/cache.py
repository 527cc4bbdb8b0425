"""What shave keeps on disk between runs: shelves of files that may go at any time, the longest unused first.

Nothing here is ever a reason to fail: callers take any OSError for a miss. Several shaves share a shelf without waiting
for each other: a file appears whole under its name, an open file outlives its deletion, a file that somebody holds a
lock on (flock(2)) is left alone, and whoever evicts beside another deletes the same oldest files.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

from msgspec import Struct

from shave import quantity
from shave.oci import blob_path

BOUND = "SHAVE_CACHE_MAX"
"""The variable with the bound of the caches together, such as ``5GB``; they share it as they share the default."""
_NEW = ".new-"
# Between two looks at the bound the cache may grow by so small a part of it.
_LOOKS = 64
_HOMES = {"cache": ("XDG_CACHE_HOME", ".cache"), "state": ("XDG_STATE_HOME", ".local/state")}


class Shelf(Struct, frozen=True):
    """Files of one kind, at most ``max_bytes`` of them. Another form of them needs another ``version``.

    A "cache" holds what can be made again, "state" what cannot (XDG Base Directory Specification).
    """

    name: str
    version: str
    max_bytes: int
    home: Literal["cache", "state"] = "cache"


class Usage(Struct, frozen=True):
    """How many files, and their bytes."""

    files: int
    bytes: int


LAYERS = Shelf("layers", "v2", 256 << 20)
BLOBS = Shelf("blobs", "v1", 2 << 30)
FILES = Shelf("files", "v1", 2 << 30)
LISTS = Shelf("lists", "v1", 512 << 20)
PLANS = Shelf("plans", "", 64 << 20, "state")
SHELVES = (LAYERS, BLOBS, FILES, LISTS, PLANS)


def directory(shelf: Shelf) -> Path:
    """Where the shelf's files are. Raises OSError for a user without a home."""
    return _root(shelf) / shelf.version


def place(shelf: Shelf, digest: str) -> Path:
    """Where the shelf has the file about what has this digest. Raises BadImageError if it is no digest."""
    return directory(shelf) / Path(blob_path(digest)).name


def put(shelf: Shelf, path: Path, *data: bytes) -> None:
    """Make the shelf's file at ``path`` hold ``data``, whole or not at all, and keep the bound. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path.parent) as file:
        try:
            file.writelines(data)
            file.flush()
            Path(file.name).replace(path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise
    if _is_due(shelf, sum(map(len, data))):
        bound(shelf)


def _locked(folder: Path) -> "tempfile._TemporaryFileWrapper[bytes]":
    """A new file that we hold a lock on. Before we do, whoever evicts takes it for one that a dead writer left."""
    while True:
        file = tempfile.NamedTemporaryFile(dir=folder, prefix=_NEW, delete=False)  # noqa: SIM115 (the caller closes it)
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return file
        file.close()


_put: dict[str, int] = {}


def _is_due(shelf: Shelf, put_bytes: int) -> bool:
    """Whether to look at the bound after a file: at the first of a process, and whenever it put a part of the bound.

    A look goes over all files, and an image may have a thousand layers.
    """
    so_far = _put.get(shelf.name, max_bytes(shelf)) + put_bytes
    due = so_far > max_bytes(shelf) // _LOOKS
    _put[shelf.name] = 0 if due else so_far
    return due


def touch(path: Path) -> None:
    """Say that a file was used just now."""
    with suppress(OSError):
        os.utime(path)


def max_bytes(shelf: Shelf) -> int:
    """The shelf's bound in bytes. Raises UsageError for a bound in the environment that is none."""
    text = os.environ.get(BOUND, "")
    if not text or shelf.home != "cache":
        return shelf.max_bytes
    together = sum(other.max_bytes for other in SHELVES if other.home == "cache")
    return quantity.parse(text, BOUND) * shelf.max_bytes // together


def used(shelf: Shelf) -> Usage:
    """What is on the shelf, with what older versions of shave left there."""
    sizes = [status.st_size for status, _ in _files(shelf)]
    return Usage(len(sizes), sum(sizes))


def bound(shelf: Shelf) -> Usage:
    """Delete what dead writers left, and the longest unused files until the rest is within the bound; what was
    deleted.
    """
    return _evict(shelf, max_bytes(shelf))


def clear(shelf: Shelf) -> Usage:
    """Delete all that nobody works on; what was deleted."""
    return _evict(shelf, 0)


def _root(shelf: Shelf) -> Path:
    variable, usual = _HOMES[shelf.home]
    home = os.environ.get(variable, "")
    try:
        base = Path(home) if home.startswith("/") else Path.home() / usual
    except RuntimeError as error:
        raise FileNotFoundError(str(error)) from error
    return base / "shave" / shelf.name


def _evict(shelf: Shelf, most: int) -> Usage:
    files = sorted(_files(shelf), key=lambda file: file[0].st_mtime_ns)
    excess = sum(status.st_size for status, _ in files) - most
    count = total = 0
    for status, path in files:
        enough = total >= excess and most  # without a bound of anything, empty files go too
        if (not enough or path.name.startswith(_NEW)) and _delete(path):
            count, total = count + 1, total + status.st_size
    return Usage(count, total)


def _files(shelf: Shelf) -> Iterator[tuple[os.stat_result, Path]]:
    with suppress(OSError):
        for folder, _, names in os.walk(_root(shelf)):
            for name in names:
                with suppress(FileNotFoundError):
                    path = Path(folder, name)
                    yield path.lstat(), path


def _delete(path: Path) -> bool:
    """Delete a file unless somebody holds a lock on it. With the lock ours, nobody renames it meanwhile."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                path.unlink()
            return True
    except OSError:
        return not path.exists()
