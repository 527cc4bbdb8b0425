"""Compiled modules that are taken over."""

import os
import py_compile
import subprocess
import sys
from pathlib import Path

import pytest

from shave.helper.bytecode import compiled


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "answer.py"
    path.write_text("print(42)\n")
    return path


def test_they_run_whatever_the_time_of_their_source(source: Path) -> None:
    py_compile.compile(str(source))
    found = compiled(str(source))
    assert found
    path, data = found
    Path(path).write_bytes(data)
    source.write_text("print(43)\n")
    os.utime(source, (0, 0))
    command = [sys.executable, "-c", "import answer"]
    assert subprocess.check_output(command, cwd=source.parent) == b"42\n"


def test_none(source: Path) -> None:
    assert compiled(str(source)) is None


def test_of_an_older_source(source: Path) -> None:
    py_compile.compile(str(source))
    os.utime(source, (1, 1))
    assert compiled(str(source)) is None
