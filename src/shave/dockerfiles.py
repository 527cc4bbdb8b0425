"""The door to Dockerfiles of this machine: which files of a directory are some, and their bytes."""

import os
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec import Struct

from shave.errors import UsageError

STDIN = "-"
MOST_BYTES = 1 << 20
_NAMES = ("dockerfile", "dockerfile.*", "dockerfile-*", "*.dockerfile", "containerfile", "containerfile.*")
_OTHERS = ("*.dockerignore", "*.containerignore", "*.orig", "*.rej", "*.bak", "*.md", "*.sh", "*.swp")
_SKIPPED = frozenset({"node_modules", "__pycache__"})


class Source(Struct, frozen=True):
    """A Dockerfile: what it is called ("-" for standard input) and its bytes; ``unread`` says why there are none."""

    path: str
    text: bytes = b""
    unread: str = ""


def sources(paths: Iterable[str], name: str = STDIN) -> Iterator[Source]:
    """The Dockerfiles that these paths name, each file once and read when it is asked for; ``name`` is that of "-".

    Of a directory those below it, in the order of their names, links last; without paths ./Dockerfile or
    ./Containerfile, else all below here. Raises UsageError for a directory without any, and for an empty name.
    """
    files: dict[str, str] = {}
    for given in tuple(paths) or _here():
        for path in _files(given):
            files.setdefault(_file(path), path)
    for path in files.values():
        yield _read(path, name)


def _file(path: str) -> str:
    """What is the same for all names of a file: a fix of it is written once."""
    try:
        return path if path == STDIN else os.path.realpath(path)
    except ValueError:  # a NUL byte in the name
        return path


def _here() -> tuple[str, ...]:
    usual = next((name for name in ("Dockerfile", "Containerfile") if Path(name).is_file()), ".")
    return (usual,)


def _files(path: str) -> Iterable[str]:
    if not path:
        raise UsageError("a Dockerfile has an empty name", "is a variable of the shell without a value?")
    if path == STDIN or not _is_directory(path):
        return (path,)
    found = sorted((os.path.normpath(each) for each in _below(path)), key=os.path.islink)
    if not found:
        where = "the current directory" if path == "." else path
        raise UsageError(f"{where} has no Dockerfile in it", "name the file, whatever it is called")
    return found


def _is_directory(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except OSError:  # what cannot be asked is told when it is read
        return False


def _below(directory: str) -> Iterator[str]:
    """Regular files whose names say that they are Dockerfiles, and directories that cannot be listed, to be told when
    they are read. Links to directories and hidden ones are not entered.
    """
    closed: list[str] = []
    for above, directories, names in os.walk(directory, onerror=lambda error: closed.append(error.filename)):
        directories[:] = sorted(each for each in directories if each[0] != "." and each not in _SKIPPED)
        for name in sorted(filter(is_name, names)):
            path = str(Path(above, name))
            if _is_regular(path):
                yield path
    yield from closed


def _is_regular(path: str) -> bool:
    try:
        return Path(path).is_file()
    except OSError:  # as above
        return True


def is_name(name: str) -> bool:
    """Whether a file of this name is taken for a Dockerfile: ``Dockerfile``, ``Dockerfile.dev``, ``app.Dockerfile``,
    ``Containerfile``.
    """
    low = name.lower()
    return any(fnmatchcase(low, glob) for glob in _NAMES) and not any(fnmatchcase(low, glob) for glob in _OTHERS)


def _read(path: str, name: str) -> Source:
    try:
        if path == STDIN:
            return _bounded(name, sys.stdin.buffer.read(MOST_BYTES + 1))
        with Path(path).open("rb") as file:
            return _bounded(path, file.read(MOST_BYTES + 1))
    except OSError as error:
        return Source(path, unread=f"it cannot be read: {error.strerror}")
    except ValueError:  # a NUL byte in the name
        return Source(path, unread="it cannot be read: no file has such a name")


def _bounded(path: str, text: bytes) -> Source:
    if len(text) > MOST_BYTES:
        return Source(path, unread=f"it is larger than {MOST_BYTES >> 20} MiB, which no Dockerfile is")
    return Source(path, text)
