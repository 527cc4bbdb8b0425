"""Private directories for the work of one command, and the clearing of what dead commands left."""

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex

from shave import cgroup, proc
from shave.errors import CannotError, ShaveError
from shave.inside import removal
from shave.inside.job import Job

_SHORT_BYTES = 64


@contextmanager
def workspace() -> Iterator[Path]:
    """A private directory, gone at the end; whatever shaves that were killed left beside it is cleared first.

    It lies in ``$XDG_CACHE_HOME/shave/work``, or in the temporary directory where that cannot be written. A lock on it
    tells the living from the dead: the kernel lets go of it with the process.
    """
    with _held(_usable(*_cache(), _temporary())) as path:
        yield path


@contextmanager
def short_workspace() -> Iterator[Path]:
    """A workspace whose path is short: for sockets (unix(7) allows 107 bytes)."""
    with _held(_usable(_short())) as path:
        yield path


def clear() -> None:
    """Clear what shaves that were killed left, wherever workspaces are made."""
    for base in {*_cache(), _temporary(), _short()}:
        if _is_ours(base):
            with contextlib.suppress(OSError), _alone(base):
                _clear(base)


@contextmanager
def _held(base: Path) -> Iterator[Path]:
    clear()
    path = base / f"work-{token_hex(8)}"
    with ExitStack() as unlock, ExitStack() as undo:
        with _alone(base):
            # before it is made: an interrupt may come between any two steps
            undo.callback(remove, path)
            path.mkdir(mode=0o700)
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            unlock.callback(os.close, lock)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield path


def remove(path: Path) -> None:
    """Remove a directory made here, with what other mapped users own in it."""
    with contextlib.suppress(OSError):
        removal.remove(str(path))
    if path.exists():
        separate = os.geteuid() != 0
        job = Job(task="remove", user_namespace=separate, network="host", joins=0, paths=[str(path)])
        proc.run(job)


def _cache() -> tuple[Path, ...]:
    """None for a user without a home: a container may be run by any number."""
    with contextlib.suppress(RuntimeError):
        return (Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shave" / "work",)
    return ()


def _temporary() -> Path:
    return Path(tempfile.gettempdir()) / f"shave-{os.geteuid()}"


def _short() -> Path:
    """The temporary directory unless TMPDIR is a long one."""
    usual = _temporary()
    return usual if len(os.fsencode(usual)) <= _SHORT_BYTES else Path("/tmp", usual.name)


def _usable(*bases: Path) -> Path:
    """The first of the directories that is ours alone and can be written, made if it is missing."""
    for base in bases:
        with contextlib.suppress(OSError):
            base.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_ours(base) and os.access(base, os.W_OK | os.X_OK):
                return base
    raise CannotError("there is no directory to work in", "make $XDG_CACHE_HOME or $TMPDIR writable")


def _is_ours(base: Path) -> bool:
    """Anybody may have made the one in the temporary directory: nothing is cleared where somebody else says what is."""
    try:
        status = base.lstat()
    except OSError:
        return False
    return status.st_uid == os.geteuid() and stat.S_ISDIR(status.st_mode)


@contextmanager
def _alone(base: Path) -> Iterator[None]:
    """Nobody else makes or clears here meanwhile."""
    lock = os.open(base, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _clear(base: Path) -> None:
    cgroup.clear()
    for path in base.glob("work-*"):
        with contextlib.suppress(OSError, ShaveError):
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(path)
            finally:
                os.close(lock)
