"""Files that appear whole, at once and on disk, or not at all."""

import errno
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from shave.errors import CannotError

# the file systems that know no nameless files say so in these ways; open(2)
_NO_TMPFILE = (errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL)
BESIDE = re.compile(r"\.[0-9a-f]{16}\.shave", re.ASCII)
"""The name of a file that is not complete, or of one that a kill left."""


@contextmanager
def replacing(directory: int, name: str) -> Iterator[BinaryIO]:
    """A file that becomes ``name`` in an open directory when the context ends well.

    It has no name before it is complete where the file system allows that, so that even a kill leaves nothing. What a
    kill did leave between two system calls, or elsewhere, goes with the next file that is written there: a lock tells
    the living from the dead.
    """
    _clear(directory)
    descriptor, beside, nameless = _create(directory)
    with os.fdopen(descriptor, "wb") as file:
        try:
            yield file
            file.flush()
            os.fsync(descriptor)
            if nameless:
                os.link(f"/proc/self/fd/{descriptor}", beside, dst_dir_fd=directory)
            os.replace(beside, name, src_dir_fd=directory, dst_dir_fd=directory)
            os.fsync(directory)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(beside, dir_fd=directory)


def _create(directory: int) -> tuple[int, str, bool]:
    """A locked file, the name that it has or is to have, and whether it is without it yet."""
    name = f".{token_hex(8)}.shave"
    if hasattr(os, "O_TMPFILE"):
        try:
            return _held(os.open(".", os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o666, dir_fd=directory)), name, True
        except OSError as error:
            if error.errno not in _NO_TMPFILE:
                raise
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    while True:
        descriptor = _held(os.open(name, flags, 0o666, dir_fd=directory))
        if os.fstat(descriptor).st_nlink:
            return descriptor, name, False
        os.close(descriptor)  # somebody who cleared took it for dead before it was locked
        name = f".{token_hex(8)}.shave"  # another may be about to remove what had the first name


def _held(descriptor: int) -> int:
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _clear(directory: int) -> None:
    for name in os.listdir(directory):
        if BESIDE.fullmatch(name):
            with suppress(OSError):
                _remove_dead(directory, name)


def _remove_dead(directory: int, name: str) -> None:
    """Remove a file that no living writer holds. Raises OSError for one that is held, or not ours to remove."""
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=directory)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(name, dir_fd=directory)
    finally:
        os.close(descriptor)


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """A directory's file descriptor, for operations that must stay inside it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Turn what the system refuses while ``what`` is written into CannotError."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        hint = "free some space or choose another place" if full else "choose another place"
        raise CannotError(f"{what} cannot be written: {error.strerror or error}", hint) from error
