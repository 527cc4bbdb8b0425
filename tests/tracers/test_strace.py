"""strace on ourselves: it comes, goes, and says so when it was taken from us. What it sees: test_containers."""

import os
import signal
import time
from pathlib import Path

import pytest

from shave.errors import CannotError
from shave.tracers.strace import StraceTracer

pytestmark = pytest.mark.skipif(StraceTracer().refusal() is not None, reason="no strace here")


def tracer_pid() -> int:
    return int(Path("/proc/self/status").read_text().partition("TracerPid:")[2].split()[0])


def test_it_comes_and_goes(tmp_path: Path) -> None:
    with StraceTracer().trace(tmp_path) as trace:
        assert tracer_pid() != 0
        assert StraceTracer().refusal() == "shave itself is being traced"
        assert trace.quiet_seconds() >= 0
        with pytest.raises(CannotError, match="no container"):
            trace.evidence("sha256:0")
    assert tracer_pid() == 0


def test_a_killed_strace_is_told(tmp_path: Path) -> None:
    with StraceTracer().trace(tmp_path) as trace:
        os.kill(tracer_pid(), signal.SIGKILL)
        while tracer_pid():
            time.sleep(0.01)
        with pytest.raises(CannotError, match="ended before"):
            trace.evidence("sha256:0")
