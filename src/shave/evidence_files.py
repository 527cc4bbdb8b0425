"""Evidence files on disk: read together, and merged into under a lock, whole or not at all."""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from shave.errors import CannotError, UsageError
from shave.evidence import EvidenceFile, unite_files
from shave.evidence_text import read, write
from shave.sources.replacing import opened, replacing

_FILE_BYTES = 256 << 20


class Merged(Struct, frozen=True):
    """What a file says now, and how many of its paths it did not name before."""

    file: EvidenceFile
    new_paths: int


def load(paths: Iterable[Path]) -> EvidenceFile:
    """What the files say together. Raises UsageError for one that cannot be read or is no evidence file."""
    return unite_files(*(_load(path) for path in paths))


def merge(path: Path, more: EvidenceFile) -> Merged:
    """Write ``more`` to the file at ``path``, with all that it says already; other shaves wait meanwhile.

    Raises UsageError if it is another kind of file, CannotError if it cannot be written.
    """
    path = path.resolve()
    with _alone(path) as directory:
        before = _load(path) if path.exists() else EvidenceFile()
        after = unite_files(before, more)
        data = write(after)
        if before == EvidenceFile() or data != path.read_bytes():
            with replacing(directory, path.name) as file:
                file.write(data)
    return Merged(after, len(after.uses) - len(before.uses))


def writable(path: Path) -> EvidenceFile:
    """What the file says now. Raises, as ``merge`` would, where nothing could be merged: best known before the work."""
    path = path.resolve()
    with _alone(path):
        if not os.access(path.parent, os.W_OK):
            raise CannotError(f"{path} cannot be written: its directory is not yours", "name another file")
        return _load(path) if path.exists() else EvidenceFile()


@contextmanager
def _alone(path: Path) -> Iterator[int]:
    """The directory, locked: a lock on the file itself would be one on the file that is being replaced."""
    try:
        with opened(path.parent) as directory:
            fcntl.flock(directory, fcntl.LOCK_EX)
            yield directory
    except OSError as error:
        raise CannotError(f"{path} cannot be written: {error.strerror or error}", "name another file") from error


def _load(path: Path) -> EvidenceFile:
    try:
        with path.open("rb") as file:
            data = file.read(_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "shave trace --evidence makes one") from None
    if len(data) > _FILE_BYTES:
        raise UsageError(f"{path} is larger than {_FILE_BYTES} bytes", "is it an evidence file?")
    return read(data, str(path))
