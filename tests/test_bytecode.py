"""Compiled modules as this Python makes them."""

import os
import py_compile
from pathlib import Path

import pytest

from shave.bytecode import source_of, untimed


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a/__pycache__/b.cpython-311.pyc", "a/b.py"),
        ("__pycache__/b.cpython-311.opt-1.pyc", "b.py"),
        ("a/b.pyc", ""),
        ("a/__pycache__/b.pyc", ""),
        ("a/__pycache__/b.c.d.e.pyc", ""),
        ("a/b.py", ""),
        ("__pycache__.pyc", ""),
        ("a\udcff/__pycache__/\udcff.x.pyc", "a\udcff/\udcff.py"),
    ],
)
def test_the_source_of_a_path(path: str, source: str) -> None:
    assert source_of(path) == source


def compiled(directory: Path, seconds: int, mode: py_compile.PycInvalidationMode) -> bytes:
    source = directory / "module.py"
    source.write_text("print('hello')\n")
    os.utime(source, (seconds, seconds))
    made = py_compile.compile(str(source), dfile="module.py", invalidation_mode=mode)
    assert made
    return Path(made).read_bytes()


def test_only_the_time_of_its_source_is_left_out(tmp_path: Path) -> None:
    timed = py_compile.PycInvalidationMode.TIMESTAMP
    one, other = (compiled(tmp_path, seconds, timed) for seconds in (1_000_000_000, 1_700_000_000))
    assert one != other
    assert untimed(one, 1_000_000_000) == untimed(other, 1_700_000_000)
    assert untimed(one, 1_000_000_000) != untimed(other, 1_000_000_000)
    assert untimed(one, 1) == (one,)


def test_what_is_checked_by_its_hash_has_no_time(tmp_path: Path) -> None:
    hashed = compiled(tmp_path, 5, py_compile.PycInvalidationMode.CHECKED_HASH)
    seconds = int.from_bytes(hashed[8:12], "little")
    assert untimed(hashed, seconds) == (hashed,)


@pytest.mark.parametrize("body", [b"", b"abc", bytes(8), bytes(11)])
def test_what_is_too_short_is_left_as_it_is(body: bytes) -> None:
    assert untimed(body, 0) == (body,)
