"""Tracing by strace, where there is no seccomp notification: it follows us, and so every process we start.

What it cannot: it is several times slower; a program that traces itself (debuggers, some sandboxes) behaves otherwise;
a chrooted program's paths are taken for the container's; where a file may have been there before it was opened to be
created, it counts as opened too; for an ordinary user it is refused the name of a program that does not start as root
(the seccomp tracer asks the program itself). Without ``--seccomp-bpf``, which sets no_new_privs and so breaks setuid
programs. Source: strace(1), ptrace(2).
"""

import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shave.errors import CannotError
from shave.evidence import Access, Evidence, How
from shave.runners.protocol import Start
from shave.tracers.strace_log import FOLLOWED, Log, Used

_PR_SET_PTRACER, _ANY, _NOBODY = 0x59616D61, ctypes.c_ulong(-1), ctypes.c_ulong(0)
_ATTACH_SECONDS = 10.0


class StraceTrace:
    """A running strace and as much of its output as has been read."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self._process = process
        self._lines = output.open(encoding="ascii", errors="surrogateescape")
        self._log = Log(int(task.name) for task in Path("/proc/self/task").iterdir())
        self._rest = ""
        self._labels: list[tuple[float, str]] = [(0.0, "start")]
        self._seen: dict[str, tuple[set[How], set[str]]] = {}
        self._touched = time.monotonic()

    def attach(self, start: Start) -> Start:
        """The same start: our children are followed already."""
        return start

    def label(self, probe: str) -> None:
        """From now on accesses belong to ``probe``; strace tells the time of each."""
        self._labels.append((time.time(), probe))

    def quiet_seconds(self) -> float:
        """Seconds since a path was first seen, in what strace has written so far."""
        self._read()
        return time.monotonic() - self._touched

    def evidence(self, image: str) -> Evidence:
        """What the containers did. Raises CannotError if strace ended before us, or did not see all that it must."""
        if self._process.poll() is not None:
            raise CannotError("strace ended before the container did", "see dmesg: was it killed?")
        _detach(self._process)
        self._read()
        self._lines.close()
        if self._log.hidden:
            raise CannotError("strace may not read which program the container starts", "run as root, or use seccomp")
        if not self._seen:
            raise CannotError("strace saw no container", "a runner whose containers are not our children is not seen")
        accesses = (
            Access(path, tuple(sorted(how)), tuple(sorted(probes)))
            for path, (how, probes) in sorted(self._seen.items())
        )
        return Evidence(image, StraceTracer.name, tuple(accesses))

    def _read(self) -> None:
        self._rest += self._lines.read()
        *lines, self._rest = self._rest.split("\n")
        for line in lines:
            for used in self._log.read(line):
                self._remember(used)

    def _remember(self, used: Used) -> None:
        if used.path not in self._seen:
            self._touched = time.monotonic()
        how, probes = self._seen.setdefault(used.path, (set(), set()))
        how.add(used.how)
        probes.add(next(label for begun, label in reversed(self._labels) if begun <= used.seconds))


class StraceTracer:
    """The fallback."""

    name = "strace"

    def refusal(self) -> str | None:
        """strace must be installed, and may not be traced away from us by somebody else."""
        if not shutil.which("strace"):
            return "strace is not installed"
        if _traced_by() != 0:
            return "shave itself is being traced"
        return None

    @contextmanager
    def trace(self, directory: Path) -> Iterator[StraceTrace]:
        """Have strace attach to us; its output and its complaints are in ``directory``."""
        output, log = directory / "strace.out", directory / "strace.log"
        output.touch()
        process = _attach(output, log)
        try:
            yield StraceTrace(process, output)
        finally:
            _detach(process)


def _attach(output: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start strace on ourselves. Yama would refuse a child that is not named as our tracer: Yama.rst."""
    calls = ",".join(f"?{name}" for name in FOLLOWED)
    command = ["strace", "-f", "-y", "-qq", "-ttt", "--pidns-translation", "-s", "4096"]
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_PTRACER, _ANY, 0, 0, 0)
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [*command, "-e", f"trace={calls}", "-e", "signal=none", "-o", str(output), "-p", str(os.getpid())],
            stdin=subprocess.DEVNULL,
            stdout=stderr,
            stderr=stderr,
            process_group=0,
        )
    deadline = time.monotonic() + _ATTACH_SECONDS
    while _traced_by() != process.pid and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    prctl(_PR_SET_PTRACER, _NOBODY, 0, 0, 0)
    if _traced_by() != process.pid:
        _detach(process)
        raise CannotError(
            f"strace cannot attach: {log.read_text(errors='replace').strip()}",
            "it needs ptrace: sysctl kernel.yama.ptrace_scope, or --cap-add SYS_PTRACE in a container",
        )
    return process


def _traced_by() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("TracerPid:")[2].split()[0])


def _detach(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
