"""Tracing by seccomp user notification: every path call of the container waits a moment while we read its path.

Sees every call with a path, by any task of the container: root or not, setuid, 32-bit, static, threads. Does not see
what the kernel opens itself (the ELF and the ``#!`` interpreter), i386's socketcall(2), calls that a seccomp filter of
the program's own refuses; a program that installs a listener of its own gets EBUSY. Source: seccomp_unotify(2).
"""

import ctypes
import errno
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple, replace

from shave.errors import CannotError
from shave.evidence import Access, Evidence, unite
from shave.machine import host
from shave.runners.protocol import Start
from shave.seccomp import MACHINES, USER_NOTIF, Machine, syscalls
from shave.tracers import listener
from shave.workspace import short_workspace

_GET_ACTION_AVAIL = 2
_LONGEST_SOCKET_PATH = 107


class Seen(Struct, frozen=True):
    """What one container did until now. ``lost`` is why there is no evidence of it, if it could not be read."""

    container: str
    evidence: Evidence
    ended: bool
    lost: str


class SeccompTrace:
    """A listener process and the control socket we command it by."""

    def __init__(self, listens: Path, control: socket.socket, log: Path) -> None:
        self._listens, self._control, self._log = listens, control, log
        self._answers = control.makefile("r", encoding="ascii")
        self._labels = ["start"]

    def attach(self, start: Start) -> Start:
        """The same start with our socket as its seccomp listener."""
        return replace(start, listener=self._listens)

    def label(self, probe: str) -> None:
        """From the next call on, accesses belong to ``probe``."""
        if probe not in self._labels:
            self._labels.append(probe)
        self._ask("label", self._labels.index(probe))

    def quiet_seconds(self) -> float:
        """Seconds since a path was touched that no one touched before, or since the start."""
        return float(self._ask("quiet"))

    def seen(self, image: str) -> tuple[Seen, ...]:
        """What each container did so far; one that has ended is told once. Raises CannotError if the tracer broke."""
        return tuple(self._seen(image, json.loads(text) if text else None) for text in self._ask("seen"))

    def _seen(self, image: str, result: dict[str, Any] | None) -> Seen:
        try:
            evidence, lost = self._evidence(image, result), ""
        except CannotError as error:
            evidence, lost = Evidence(image, SeccompTracer.name), str(error)
        return Seen(_container(result["state"] if result else ""), evidence, not result or result["ended"], lost)

    def evidence(self, image: str) -> Evidence:
        """What all containers of this trace did. Raises CannotError if any of it was lost."""
        results = [json.loads(text) if text else None for text in self._ask("stop")]
        if not results:
            raise CannotError("no program was started under the tracer", "is there such a program in the image?")
        return unite(*(self._evidence(image, result) for result in results))

    def _evidence(self, image: str, result: dict[str, Any] | None) -> Evidence:
        if result is None:
            raise self.broken()
        if result["unreadable"]:
            raise CannotError(
                f"{result['unreadable']} calls of the container could not be read",
                "the tracer needs CAP_SYS_PTRACE over it: run as root, or in a container with --cap-add SYS_PTRACE",
            )
        if result["full"]:
            raise CannotError("the container touched more distinct paths than can be remembered", "trace a shorter run")
        accesses = (Access(path, tuple(sorted(how)), self._probes(how)) for path, how in sorted(result["seen"].items()))
        return Evidence(image, SeccompTracer.name, tuple(accesses))

    def _probes(self, how: dict[str, int]) -> tuple[str, ...]:
        return tuple(sorted(name for n, name in enumerate(self._labels) if any(bits >> n & 1 for bits in how.values())))

    def _ask(self, *command: Any) -> Any:
        answer = ""
        with suppress(ConnectionError):
            self._control.sendall(json.dumps(command).encode() + b"\n")
            answer = self._answers.readline()
        if not answer:
            raise self.broken()
        return json.loads(answer)

    def broken(self) -> CannotError:
        """The last words of a listener that has gone."""
        lines = self._log.read_text(errors="replace").splitlines()
        return CannotError(f"the tracer broke: {lines[-1] if lines else 'it was killed'}", "try --tracer strace")


class SeccompTracer:
    """The tracer of choice."""

    name = "seccomp"

    def refusal(self) -> str | None:
        """Seccomp notification needs Linux 5.5, openat2 5.6, and a machine whose system calls we know."""
        machines = MACHINES.get(host().architecture)
        if sys.platform != "linux" or machines is None:
            return f"the system calls of {sys.platform} on {os.uname().machine} are not known"
        if not _kernel_notifies(machines[0]):
            return "this kernel has no seccomp user notification (Linux 5.5), or the container we are in forbids it"
        if not _kernel_resolves():
            return "this kernel has no openat2 (Linux 5.6), or the container we are in forbids it"
        return None

    @contextmanager
    def trace(self, directory: Path) -> Iterator[SeccompTrace]:
        """Start the listener; its socket and its log are in ``directory``. It ends with us, however we end."""
        with _socket_path(directory) as listens, self.trace_at(listens, directory) as trace:
            yield trace

    @contextmanager
    def trace_at(self, listens: Path, directory: Path) -> Iterator[SeccompTrace]:
        """The same with the socket at a path of the caller's choice, of which nothing is there yet."""
        ours, theirs = socket.socketpair()
        with ours, theirs, socket.socket(socket.AF_UNIX) as server:
            _bind(server, listens)
            process = _spawn(theirs, server, directory / "seccomp.log")
            theirs.close()
            server.close()
            tracing = SeccompTrace(listens, ours, directory / "seccomp.log")
            try:
                yield tracing
            except CannotError as error:
                if process.poll() is None:
                    raise
                raise tracing.broken() from error  # a runtime that finds nobody listening only says so
            finally:
                ours.shutdown(socket.SHUT_RDWR)
                _end(process)


@contextmanager
def _socket_path(directory: Path) -> Iterator[Path]:
    """A path for the socket that is short enough for sun_path."""
    listens = directory / "seccomp.sock"
    if len(os.fsencode(listens)) <= _LONGEST_SOCKET_PATH:
        yield listens
    else:
        with short_workspace() as elsewhere:
            yield elsewhere / listens.name


def _bind(server: socket.socket, listens: Path) -> None:
    """Listen for runtimes of this user alone: who sends a container here lets us read it."""
    before = os.umask(0o177)
    try:
        server.bind(str(listens))
        server.listen()
    except OSError as error:
        reason = error.strerror or error
        raise CannotError(f"{listens} cannot be listened on: {reason}", "choose another path for it") from error
    finally:
        os.umask(before)


def _spawn(control: socket.socket, server: socket.socket, log: Path) -> subprocess.Popen[bytes]:
    inherited = (control.fileno(), server.fileno())
    program = [sys.executable, "-I", "-S", listener.__file__, *map(str, inherited)]
    with log.open("wb") as stderr:
        # A process group of its own: an interrupt from the terminal is for us, who then end it in order.
        process = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=stderr, stderr=stderr, pass_fds=inherited, process_group=0
        )
    assert process.stdin is not None
    with process.stdin as job, suppress(BrokenPipeError):
        job.write(json.dumps(_job()).encode())
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _container(state: str) -> str:
    """The container's ID in what a runtime sent (config-linux.md, container process state); "" if it says none."""
    with suppress(ValueError, AttributeError):
        found = json.loads(state)
        identity = found.get("state", {}).get("id", "")
        return identity if isinstance(identity, str) else ""
    return ""


def _job() -> list[tuple[int, int, list[tuple[Any, ...]]]]:
    """Every path call of every machine, as the listener wants it."""
    table = syscalls()
    return [
        (abi.audit, table.number[name][machine], [(*astuple(path), abi.directory, abi.nofollow) for path in paths])
        for name, paths in table.path.items()
        for machine, abi in table.machine.items()
        if machine in table.number[name]
    ]


def _kernel_notifies(machine: Machine) -> bool:
    action = ctypes.c_uint32(USER_NOTIF)
    number = syscalls().number["seccomp"][machine]
    return bool(ctypes.CDLL(None).syscall(number, _GET_ACTION_AVAIL, 0, ctypes.byref(action)) == 0)


def _kernel_resolves() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall(listener.OPENAT2, -1, None, None, ctypes.c_size_t(0))
    return ctypes.get_errno() == errno.EINVAL
