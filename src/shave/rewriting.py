"""The door for changing a text file of the user's in place: whole or not at all, and never over what others changed."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from shave.errors import CannotError


def rewrite(path: Path, before: bytes, after: bytes) -> None:
    """Put ``after`` in the place of ``before``, written beside and renamed. Mode and owner stay; of a symlink it is the
    file that it leads to, of a file with several names the others keep what it was. A file that is not there has no
    bytes.

    Raises CannotError if the file is no longer ``before``, or cannot be written; then nothing is changed.
    """
    try:
        if before or path.exists():
            _replace(path.resolve(strict=True), before, after)
        else:
            _make(path, after)
    except OSError as error:
        raise CannotError(f"{path} cannot be written: {error.strerror}", "nothing of it was changed") from error


def _make(path: Path, text: bytes) -> None:
    with path.open("xb") as file:
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            path.unlink()
            raise


def _replace(target: Path, before: bytes, after: bytes) -> None:
    status = target.stat()
    with NamedTemporaryFile("wb", dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        try:
            file.write(after)
            file.flush()
            if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(file.fileno(), status.st_uid, status.st_gid)
            os.fchmod(file.fileno(), status.st_mode & 0o7777)
            os.fsync(file.fileno())
            # opened for writing: a rename asks nobody whether the file itself may be changed
            with target.open("r+b") as old:
                if old.read(len(before) + 1) != before:
                    raise CannotError(f"{target} was changed meanwhile", "look at it, and ask again")
            Path(file.name).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(file.name).unlink()
            raise
