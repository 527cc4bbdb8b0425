"""A listener at a path that the user chose, for containers that others start."""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from shave.errors import CannotError, UsageError
from shave.tracers.seccomp import SeccompTrace, SeccompTracer

_LONGEST = 107
"""Bytes of sun_path without its NUL; unix(7)."""


@contextmanager
def attached(path: Path, directory: Path) -> Iterator[SeccompTrace]:
    """A trace of every container whose seccomp profile names the socket ``path``, which is gone at the end.

    ``path`` is absolute. Raises UsageError for what can be no socket, CannotError where another process listens there.
    """
    if len(os.fsencode(path)) > _LONGEST:
        raise UsageError(f"{path} is too long for a socket", f"give a path of at most {_LONGEST} bytes")
    if refusal := SeccompTracer().refusal():
        raise CannotError(f"containers cannot be traced here: {refusal}")
    _clear(path)
    with SeccompTracer().trace_at(path, directory) as trace:
        bound = path.stat().st_ino
        try:
            yield trace
        finally:
            with suppress(FileNotFoundError):
                if path.stat().st_ino == bound:
                    path.unlink()


def _clear(path: Path) -> None:
    """Remove a socket that nobody listens at any more."""
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise UsageError(f"{path} is there and is no socket", "give a path of which nothing is there")
        with socket.socket(socket.AF_UNIX) as client, suppress(ConnectionRefusedError):
            client.connect(str(path))
            raise CannotError(f"another process listens at {path}", "stop it, or give another path")
        path.unlink()
