"""Streams that are closed, full, or that nobody reads: what was asked for is done all the same."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli import layout, shell_layers

COPY = '"$@" copy "$SOURCE" "$TARGET"'


def run(script: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """A script for bash that copies an image from $SOURCE to $TARGET."""
    source = layout(tmp_path / "source", *shell_layers())
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {script}", "bash", sys.executable, "-m", "shave"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "SOURCE": source, "TARGET": f"oci:{tmp_path}/target:1"},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    "closed",
    ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-", "2>/dev/full", "2>&1 >/dev/null | true", "| true"],
)
def test_nobody_there_to_hear_it(closed: str, tmp_path: Path) -> None:
    done = run(f"{COPY} {closed}", tmp_path)
    assert (done.returncode, "bug" in done.stderr) == (0, False), done.stderr
    assert (tmp_path / "target/index.json").exists()


def test_an_answer_that_cannot_be_written(tmp_path: Path) -> None:
    done = run(f"{COPY} -q >/dev/full", tmp_path)
    assert (done.returncode, done.stderr.splitlines()[0]) == (3, "shave: the disk is full")


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full", "2>&1 | true"])
def test_a_failure_that_nobody_hears_is_one(closed: str, tmp_path: Path) -> None:
    assert run(f'"$@" copy oci:/nowhere "$TARGET" {closed}', tmp_path).returncode == 3


def test_a_pipe_that_breaks_elsewhere_is_no_success() -> None:
    code = """
import os, sys
from shave.commands.failure import guarded
def broken():
    reader, writer = os.pipe()
    os.close(reader)
    os.write(writer, b"x")
sys.exit(guarded(broken))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr.splitlines()[0]) == (3, "shave: a process that shave worked with has died")
