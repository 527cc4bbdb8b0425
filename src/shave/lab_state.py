"""What is kept of a lab between runs: a directory with a file for each build, each run and each log.

A file appears whole or not at all, and one that cannot be read costs what it says, nothing else. In
``$XDG_STATE_HOME/shave/labs`` (XDG Base Directory Specification) unless another place is given.
"""

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from shave.documents import document, parse
from shave.errors import CannotError
from shave.events import Remark, Sink, silent
from shave.lab import BuildRecord, RunRecord

_BUILDS, _RUNS, _LOGS, _OUT, _LOCK = "builds", "runs", "logs", "out", "lock"
_MOST_BYTES = 1 << 20
_NAME = re.compile(r"\w[\w.-]*", re.ASCII)
_Record = TypeVar("_Record", BuildRecord, RunRecord)


class State(Struct, frozen=True):
    """A directory that is there, and who hears of records that cannot be read."""

    directory: Path
    sink: Sink = silent

    def builds(self) -> dict[str, BuildRecord]:
        """The builds by the names of their variants."""
        return {record.variant: record for record in self._records(_BUILDS, BuildRecord)}

    def runs(self) -> dict[str, RunRecord]:
        """The runs by the names of their variants."""
        return {record.variant: record for record in self._records(_RUNS, RunRecord)}

    def save(self, record: BuildRecord | RunRecord) -> None:
        """Keep a record in the place of the variant's last. Raises CannotError."""
        kind = _BUILDS if isinstance(record, BuildRecord) else _RUNS
        path = self._place(kind, f"{record.variant}.json")
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            beside.write_bytes(document(_schema(kind), record, indent=1))
            beside.replace(path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise _unwritable(path, error) from error

    def log(self, variant: str) -> Path:
        """Where the log of the variant's build is. Raises CannotError."""
        return self._place(_LOGS, f"{variant}.log")

    def out(self, variant: str) -> Path:
        """A directory for what a build of the variant writes, with nothing in it. Raises CannotError."""
        path = self._place(_OUT, variant)
        try:
            if path.exists():
                shutil.rmtree(path)
            path.mkdir(mode=0o700)
        except OSError as error:
            raise _unwritable(path, error) from error
        return path

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else builds or runs the lab meanwhile. Raises CannotError if somebody does."""
        with (self.directory / _LOCK).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                words = f"another shave works on this lab: it has {self.directory}"
                raise CannotError(words, "wait for its end, or give this one a --state of its own") from None
            yield

    def _records(self, kind: str, shape: type[_Record]) -> Iterator[_Record]:
        for path in sorted((self.directory / kind).glob("[!.]*.json")):
            try:
                with path.open("rb") as file:
                    found: _Record = parse(file.read(_MOST_BYTES), _schema(kind), shape)
                if f"{found.variant}.json" != path.name:
                    raise ValueError(f"it is of {found.variant!r}")
            except (OSError, ValueError, RecursionError) as error:
                self.sink(Remark(f"{path} is left out, as it cannot be read: {error}", "warning"))
            else:
                yield found

    def _place(self, kind: str, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise CannotError(f"{name!r} cannot name a file", "a variant's name has letters, digits, - _ and .")
        try:
            (self.directory / kind).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise _unwritable(self.directory, error) from error
        return self.directory / kind / name


def open_state(lab_directory: Path, place: Path | None, sink: Sink = silent) -> State:
    """The state of the lab in a directory, in ``place`` or where states are. Raises CannotError."""
    directory = place or _usual(lab_directory)
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(directory, error) from error
    return State(directory.resolve(), sink)


def _usual(lab_directory: Path) -> Path:
    """By the lab's name, for those who look, and a digest of where it is, as many are named ``lab``."""
    place = lab_directory.resolve()
    digest = hashlib.sha256(os.fsencode(place)).hexdigest()[:12]
    home = os.environ.get("XDG_STATE_HOME", "")
    try:
        base = Path(home) if home.startswith("/") else Path.home() / ".local/state"
    except RuntimeError as error:
        raise CannotError("there is no directory for the state of the lab", "give one with --state") from error
    return base / "shave" / "labs" / f"{place.name}-{digest}"


def _schema(kind: str) -> str:
    return f"lab-state-{kind}"


def _unwritable(path: Path, error: OSError) -> CannotError:
    return CannotError(f"{path} cannot be written: {error.strerror}", "give another directory with --state")
