"""The door to programs of others that work for long: what they print goes into a log, and nothing of them stays.

A builder starts containers, whose processes are in no group of ours; /proc says whose children they are. They are ended
first: podman and buildah then take the container's file system away as after any build that failed, and leave it there
when they are ended themselves (measured with podman 4.3 and buildah 1.39). Docker's engine ends and removes the
container of a build when the command that asked for it hangs up (measured with 20.10 and 26.1).
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Literal

from msgspec import Struct

from shave.errors import CannotError

Stopped = Callable[[], bool]
_LOOK_SECONDS, _GRACE_SECONDS = 0.2, 5.0


class Work(Struct, frozen=True):
    """A program to run: ``environment`` is added to ours, ``text`` is its standard input, ``timeout`` in seconds."""

    command: tuple[str, ...]
    log: Path
    timeout: float
    environment: Mapping[str, str] = {}
    directory: Path | None = None
    text: bytes = b""


class Ended(Struct, frozen=True):
    """How it ended: by itself, then ``status`` is its exit status (-n for signal n), or ended by us."""

    how: Literal["itself", "timeout", "stopped"]
    status: int
    seconds: float


class _Process(Struct, frozen=True):
    pid: int
    parent: int
    group: int
    start: str


def never() -> bool:
    """Nobody stops it."""
    return False


def supervised(work: Work, is_stopped: Stopped = never) -> Ended:
    """Run it to its end, to that of its time, or until ``is_stopped`` says so, which is asked all the time.

    Raises CannotError where it cannot be started.
    """
    begun = time.monotonic()
    with _started(work) as process:
        try:
            how = _waited(process, begun + work.timeout, is_stopped)
        finally:
            if process.poll() is None:
                _end(process)
    return Ended(how, process.returncode, time.monotonic() - begun)


def _started(work: Work) -> "subprocess.Popen[bytes]":
    try:
        with work.log.open("wb") as log, TemporaryFile() as text:
            text.write(work.text)
            text.seek(0)
            return subprocess.Popen(
                work.command,
                stdin=text,
                stdout=log,
                stderr=log,
                cwd=work.directory,
                env={**os.environ, **work.environment},
                start_new_session=True,
            )
    except OSError as error:
        hint = f"install {work.command[0]}, or look at the disk (df)"
        raise CannotError(f"{work.command[0]} cannot be started: {error.strerror}", hint) from error


def _waited(
    process: "subprocess.Popen[bytes]", until: float, is_stopped: Stopped
) -> Literal["itself", "timeout", "stopped"]:
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_SECONDS)
            return "itself"
        if is_stopped():
            return "stopped"
        if time.monotonic() > until:
            return "timeout"


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End it and all that it started: what is apart from it first, then it, then what is still there."""
    family = tuple(_descendants(process.pid))
    apart = tuple(each for each in family if each.group != process.pid)
    if apart:
        _kill(apart)
        _wait(process)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            _wait(process)
    _kill(family)


def _wait(process: "subprocess.Popen[bytes]") -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_SECONDS)


def _descendants(pid: int) -> Iterator[_Process]:
    """All that a process started and what that started, parents first."""
    every = tuple(_processes())
    family = {pid}
    # by time, so that a parent comes before its children
    for each in sorted(every, key=lambda process: int(process.start)):
        if each.parent in family:
            family.add(each.pid)
            yield each


def _processes() -> Iterator[_Process]:
    """What runs on this machine; nothing where there is no /proc. Source: proc_pid_stat(5)."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text(errors="replace").rpartition(")")[2].split()
            yield _Process(int(path.parent.name), int(fields[1]), int(fields[2]), fields[19])


def _kill(processes: Iterable[_Process]) -> None:
    """End those that still are who they were."""
    running = {(each.pid, each.start) for each in _processes()}
    for each in processes:
        if (each.pid, each.start) in running:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(each.pid, signal.SIGKILL)
