"""The machine in Go's words."""

import platform
import subprocess

import pytest

from shave.machine import host


@pytest.mark.parametrize(
    ("uname", "ours"),
    [
        ("x86_64", "linux/amd64"),
        ("AMD64", "linux/amd64"),
        ("i686", "linux/386"),
        ("arm64", "linux/arm64"),
        ("armv6l", "linux/arm/v6"),
        ("riscv64", "linux/riscv64"),
    ],
)
def test_words(monkeypatch: pytest.MonkeyPatch, uname: str, ours: str) -> None:
    monkeypatch.setattr(platform, "machine", lambda: uname)
    assert str(host()) == ours


@pytest.mark.oracle
def test_go_says_the_same() -> None:
    assert subprocess.check_output(["go", "env", "GOHOSTARCH"], text=True).strip() == host().architecture
