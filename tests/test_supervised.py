"""Whatever a program starts, and however it hides it, it ends with its time."""

import sys
import time
from pathlib import Path

import pytest

from shave.errors import CannotError
from shave.supervised import Ended, Work, supervised

HIDING = """
import os, subprocess, sys, time
subprocess.Popen(["sleep", "3101"])
subprocess.Popen(["sleep", "3102"], start_new_session=True)
if not os.fork():
    os.setsid()
    subprocess.Popen(["sh", "-c", "trap '' TERM; echo ready; sleep 3103; true"])
    time.sleep(60)
time.sleep(60)
"""


def work(tmp_path: Path, *command: str, timeout: float = 60, text: bytes = b"") -> Work:
    return Work(command, tmp_path / "log", timeout, {"WORD": "said"}, tmp_path, text)


def running(*seconds: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        found += [each for each in seconds if words[:2] == [b"sleep", each.encode()]]
    return found


def test_what_it_says_goes_to_the_log(tmp_path: Path) -> None:
    script = "cat; echo $WORD; pwd; echo to-stderr >&2; exit 3"
    ended = supervised(work(tmp_path, "sh", "-c", script, text=b"of stdin\n"))
    assert (ended.how, ended.status) == ("itself", 3)
    assert (tmp_path / "log").read_text().split("\n") == ["of stdin", "said", str(tmp_path), "to-stderr", ""]


def test_nothing_of_it_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shave.supervised._GRACE_SECONDS", 0.3)
    ended = supervised(work(tmp_path, sys.executable, "-c", HIDING, timeout=1.5))
    assert ended.how == "timeout"
    assert (tmp_path / "log").read_text() == "ready\n"
    assert running("3101", "3102", "3103") == []


def test_whoever_asks_stops_it(tmp_path: Path) -> None:
    def is_stopped() -> bool:
        return (tmp_path / "log").read_text() == "begun\n"

    ended = supervised(work(tmp_path, "sh", "-c", "echo begun; exec sleep 3104"), is_stopped)
    assert (ended.how, ended.status) == ("stopped", -15)
    assert running("3104") == []


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        supervised(work(tmp_path, "sleep", "3105"), interrupted)
    assert running("3105") == []


def test_what_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(CannotError, match="no-such-program cannot be started: No such file") as caught:
        supervised(work(tmp_path, "no-such-program"))
    assert caught.value.hint == "install no-such-program, or look at the disk (df)"
    with pytest.raises(CannotError, match="true cannot be started: No such file or directory"):
        supervised(Work(("true",), tmp_path / "missing/log", 1))


def test_seconds(tmp_path: Path) -> None:
    begun = time.monotonic()
    ended = supervised(work(tmp_path, "true"))
    assert ended == Ended("itself", 0, ended.seconds)
    assert 0 < ended.seconds <= time.monotonic() - begun
