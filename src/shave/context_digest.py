"""The door to what a build may read of a directory: one digest of the files that it can reach.

What is no file, directory or symlink does not count: builders pass over it too.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from shave import dockerignore
from shave.dockerignore import Ignored
from shave.errors import CannotError

Reached = Callable[[str], bool]
_NAME, _MOST_BYTES = ".dockerignore", 1 << 20


def context_digest(directory: Path, is_reached: Reached) -> str:
    """That of the paths, kinds, executability and bytes of the files for whose paths ``is_reached`` holds, and which
    .dockerignore does not leave out.

    Raises CannotError for what cannot be read, UsageError for a .dockerignore that cannot be meant.
    """
    found = hashlib.sha256()
    try:
        for path, place in _walked(directory, ignored(directory)):
            if is_reached(path):
                found.update(os.fsencode(f"{path}\0{_told(place)}\0"))
    except OSError as error:
        raise CannotError(f"{error.filename} of the build context cannot be read: {error.strerror}") from error
    return f"sha256:{found.hexdigest()}"


def ignored(directory: Path) -> Ignored:
    """What the .dockerignore of a directory leaves out. Raises CannotError, UsageError."""
    try:
        with (directory / _NAME).open("rb") as file:
            return dockerignore.parse(file.read(_MOST_BYTES).decode("utf-8", "surrogateescape"))
    except FileNotFoundError:
        return Ignored()
    except OSError as error:
        raise CannotError(f"{_NAME} of the build context cannot be read: {error.strerror}") from error


def _walked(directory: Path, leaves_out: Ignored) -> Iterator[tuple[str, Path]]:
    """All that is below, sorted, with paths relative to it. No symlink is followed on the way."""
    for above, directories, names in os.walk(directory, onerror=_refuse):
        prefix = "" if Path(above) == directory else f"{Path(above).relative_to(directory).as_posix()}/"
        for name in sorted((*directories, *names)):
            path = prefix + name
            if not leaves_out(path):
                yield path, Path(above, name)
            elif name in directories and not leaves_out.takes_back:
                directories.remove(name)
        directories.sort()


def _refuse(error: OSError) -> None:
    raise error


def _told(place: Path) -> str:
    status = place.lstat()
    if stat.S_ISLNK(status.st_mode):
        return f"symlink {place.readlink()}"
    if stat.S_ISREG(status.st_mode):
        return (
            f"file {bool(status.st_mode & 0o100)} {_digest(place, status.st_size, status.st_mtime_ns, status.st_ino)}"
        )
    return "directory" if stat.S_ISDIR(status.st_mode) else ""


@lru_cache(maxsize=1 << 16)
def _digest(place: Path, size: int, mtime: int, inode: int) -> str:
    """That of a file, read once for all variants that it goes into."""
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
