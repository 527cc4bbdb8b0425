"""A program run under the real filter with the real listener, without any runner."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from shave.evidence import Evidence
from shave.runners.protocol import Start
from shave.seccomp import filter_program
from shave.tracers.seccomp import SeccompTrace, SeccompTracer

STARTER = """
import ctypes, json, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]
program = bytes.fromhex(sys.argv[2])
code = ctypes.create_string_buffer(program)
channel = socket.socket(socket.AF_UNIX)
channel.connect(sys.argv[1])
state = json.dumps({"ociVersion": "1.0.2", "fds": ["seccompFd"], "pid": os.getpid()}).encode()
arguments = (317, 1, 8 | 32, ctypes.byref(Program(len(program) // 8, ctypes.addressof(code))))
if os.geteuid():
    libc.prctl(38, 1, 0, 0, 0)
notifications = libc.syscall(*arguments)
assert notifications >= 0, os.strerror(ctypes.get_errno())
socket.send_fds(channel, [state], [notifications])
channel.close()
os.close(notifications)
os.execv(sys.argv[3], sys.argv[3:])
"""


def run(
    trace: SeccompTrace, arguments: Sequence[str], python: Sequence[str] = (sys.executable,), **options: object
) -> subprocess.CompletedProcess[bytes]:
    """Run a program with the trace's listener; it inherits this process's root, user and namespaces."""
    listener = trace.attach(Start(arguments=(), environment=())).listener
    command = [*python, "-I", "-S", "-c", STARTER, str(listener), filter_program(True, "amd64").hex(), *arguments]
    return subprocess.run(command, capture_output=True, timeout=60, **options)  # type: ignore


def evidence(directory: Path, arguments: Sequence[str], **options: object) -> Evidence:
    """What one program did."""
    with SeccompTracer().trace(directory) as trace:
        done = run(trace, arguments, **options)  # type: ignore[arg-type]
        assert done.returncode == 0, done.stderr
        return trace.evidence("sha256:0")


def how(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    """Path → how."""
    return {access.path: access.how for access in evidence.accesses}


@pytest.fixture
def traced() -> ModuleType:
    """The functions above."""
    return sys.modules[__name__]
