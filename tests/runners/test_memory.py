"""Processes of this machine are weighed: those below count, those that are gone do not."""

import os
import subprocess
import sys

from shave.runners.memory import resident_bytes

HOLD = "held = bytearray(50 << 20); print(flush=True); input()"


def test_a_process_and_what_it_started() -> None:
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLD!r}])"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == b"\n"
        assert resident_bytes(parent.pid) > 50 << 20
        assert resident_bytes(parent.pid, depth=1) == 0
        parent.communicate(b"\n")
    assert resident_bytes(parent.pid) == 0


def test_what_it_had_before_counts() -> None:
    freed = "held = bytearray(50 << 20); del held; print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", freed], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stdout.readline()
        assert resident_bytes(child.pid) > 50 << 20
        child.communicate(b"\n")
    assert resident_bytes(os.getpid()) > 0
