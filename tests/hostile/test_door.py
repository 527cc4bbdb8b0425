"""Hostile images, run through the command line: an end within a bound, a sentence for what is refused, nothing left."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli import BUSYBOX, layout
from shave.testing import File, Symlink

pytestmark = pytest.mark.root

SHELL = ("/bin/sh", "-c")
PROBE = '[[probe]]\nname = "inside"\nexec = ["/bin/sh", "-c", "echo here"]\n'
# gigabytes by name first: writing them all lasts longer than a start is waited for where others write, too
FILLED = "while fallocate -l 268435456 /big$n; do n=$((n+1)); done"
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a full disk": ({"Cmd": [*SHELL, f"{FILLED}; cat /dev/zero > /rest; echo full; exit 1"]}, "No space left on"),
    "a fork bomb": ({"Cmd": [*SHELL, "while :; do sleep 1000 & done"]}, "can't fork"),
    "a descriptor": ({"Cmd": [*SHELL, "true"], "WorkingDir": "/proc/self/fd/7"}, "/proc/self/fd/7"),
    "a NUL in an argument": ({"Cmd": [*SHELL, "true\0"]}, "has a NUL in it"),
    "a NUL in a variable": ({"Cmd": [*SHELL, "true"], "Env": ["A=\0"]}, "has a NUL in it"),
    "a NUL in the user": ({"Cmd": [*SHELL, "true"], "User": "root\0"}, "has a NUL in it"),
    "an argument of 4 MiB": ({"Cmd": [*SHELL, "true", "x" * (4 << 20)]}, "rgument list too long"),
}
# what is not stopped by a signal costs ten seconds: one image shows it
KILLED = {"StopSignal": "SIGKILL"}
HARMLESS: dict[str, tuple[str, dict[str, Any]]] = {
    "endless output": ("slim", {"Cmd": [*SHELL, "yes $(cat /etc/escape)"], **KILLED}),
    "kills all": ("trace", {"Cmd": [*SHELL, "kill -9 -1; sleep 1000"], **KILLED}),
    "ignores signals": ("verify", {"Cmd": [*SHELL, "trap '' TERM INT HUP; while :; do sleep 1; done"]}),
    "1000 volumes and an endless health check": (
        "trace",
        {
            "Cmd": [*SHELL, "sleep 1000"],
            "Healthcheck": {"Test": ["CMD-SHELL", "while :; do true & done"]},
            "Volumes": {f"/v{n}": {} for n in range(1000)},
            **KILLED,
        },
    ),
}
RUNNERS = ("crun", "runc", "namespaces")


def shave(directory: Path, verb: str, config: dict[str, Any], *options: str) -> subprocess.CompletedProcess[str]:
    """``shave VERB`` of an image with this configuration. No process of it, mount or directory is there afterwards."""
    (directory / "run").mkdir()
    members = {"/bin/busybox": File(BUSYBOX.read_bytes(), 0o755), "/etc/escape": b"\x1b[2J\xff\n"}
    reference = layout(directory / "image", {**members, "/bin/sh": Symlink("busybox")}, **config)
    arguments = {"slim": (reference, "--dry-run"), "verify": (reference, reference)}.get(verb, (reference,))
    places = {"XDG_CACHE_HOME": "cache", "XDG_STATE_HOME": "state", "TMPDIR": "run"}
    # its own name for all that it starts, and for nothing else
    environment = {**os.environ, "HOSTILE": str(directory), **{k: str(directory / v) for k, v in places.items()}}
    done = subprocess.run(
        [sys.executable, "-m", "shave", verb, *arguments, *options, "--quiet"],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert [path.name for path in (directory / "run").glob("*/*")] == []
    assert str(directory) not in Path("/proc/self/mounts").read_text()
    assert [line for line in processes() if f"HOSTILE={directory}".encode() in line] == []
    return done


def processes() -> list[bytes]:
    """The environment of every process that still has one."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            found.append(path.read_bytes())
        except OSError:  # it has just ended
            continue
    return found


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_run_is_told(tmp_path: Path, name: str) -> None:
    config, sentence = REFUSED[name]
    runner = RUNNERS[list(REFUSED).index(name) % len(RUNNERS)]
    done = shave(tmp_path, "trace", config, "--runner", runner)
    assert (done.returncode, done.stdout) == (3, ""), done.stderr
    assert done.stderr.startswith("shave: ")
    assert sentence in done.stderr
    assert len(done.stderr) < 3000
    assert "\0" not in done.stderr


@pytest.mark.parametrize("name", HARMLESS)
def test_what_runs_without_end_is_ended(tmp_path: Path, name: str) -> None:
    verb, config = HARMLESS[name]
    (tmp_path / "shave.toml").write_text(PROBE)
    runner = RUNNERS[list(HARMLESS).index(name) % len(RUNNERS)]
    done = shave(tmp_path, verb, config, "--runner", runner)
    # a probe that gets no turn beside an endless loop may fail: the trace says so, and ends
    assert done.returncode in ((0, 1) if verb == "trace" else (0,)), done.stdout
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
