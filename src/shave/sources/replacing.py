"""Files that appear whole, at once and on disk, or not at all."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from shave.errors import CannotError

# the file systems that know no nameless files say so in these ways; open(2)
_NO_TMPFILE = (errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL)


@contextmanager
def replacing(directory: int, name: str) -> Iterator[BinaryIO]:
    """A file that becomes ``name`` in an open directory when the context ends well.

    It has no name before it is complete where the file system allows that, so that even a kill leaves nothing.
    """
    beside = f".{token_hex(8)}.shave"
    descriptor, nameless = _create(directory, beside)
    try:
        with os.fdopen(descriptor, "wb") as file:
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


def _create(directory: int, name: str) -> tuple[int, bool]:
    if hasattr(os, "O_TMPFILE"):
        try:
            return os.open(".", os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o666, dir_fd=directory), True
        except OSError as error:
            if error.errno not in _NO_TMPFILE:
                raise
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(name, flags, 0o666, dir_fd=directory), False


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
        hint = "free some space or choose another place with -o" if full else "choose another place with -o"
        raise CannotError(f"{what} cannot be written: {error.strerror or error}", hint) from error
