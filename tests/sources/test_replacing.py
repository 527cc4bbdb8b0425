"""Files appear whole or not at all, with and without nameless files."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shave.errors import CannotError
from shave.sources.replacing import opened, replacing, writing


@pytest.fixture(params=["nameless", "named"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE")
    return str(request.param)


@pytest.mark.usefixtures("kind")
def test_replacing(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with opened(tmp_path) as directory, replacing(directory, "a") as file:
        file.write(b"new")
        assert (tmp_path / "a").read_text() == "old"
    assert (tmp_path / "a").read_text() == "new"
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o666 & ~mask
    assert [found.name for found in tmp_path.iterdir()] == ["a"]


@pytest.mark.usefixtures("kind")
def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), opened(tmp_path) as directory, replacing(directory, "a") as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_killed_writer_leaves_nothing(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from shave.sources.replacing import *\n"
        "with opened(Path(sys.argv[1])) as d, replacing(d, 'a') as f:\n"
        "    f.write(b'x' * 1000000); f.flush(); print('half', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout and writer.stdout.readline() == b"half\n"
        writer.send_signal(signal.SIGKILL)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    place = tmp_path / "full"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.root
def test_a_full_disk(full: Path) -> None:
    with (
        pytest.raises(CannotError, match="it cannot be written: No space left") as caught,
        writing("it"),
        opened(full) as directory,
        replacing(directory, "a") as file,
    ):
        file.write(bytes(1 << 20))
    assert "free some space" in caught.value.hint
    assert list(full.iterdir()) == []


def test_writing_names_what_and_why() -> None:
    with pytest.raises(CannotError, match="oci:x cannot be written: Permission denied"), writing("oci:x"):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))


def test_what_dead_writers_left_goes_and_what_living_ones_hold_stays(tmp_path: Path) -> None:
    dead, held, alike = (tmp_path / name for name in (f".{'0' * 16}.shave", f".{'1' * 16}.shave", ".mine.shave"))
    for path in (dead, held, alike):
        path.write_bytes(b"half")
    with held.open("rb") as file, opened(tmp_path) as directory:
        fcntl.flock(file, fcntl.LOCK_EX)
        with replacing(directory, "a"):
            assert not dead.exists()
    assert sorted(found.name for found in tmp_path.iterdir()) == sorted([held.name, alike.name, "a"])


@pytest.mark.usefixtures("kind")
def test_writers_beside_each_other_do_not_clear_each_other(tmp_path: Path) -> None:
    def write(name: str) -> None:
        for number in range(40):
            with opened(tmp_path) as directory, replacing(directory, name) as file:
                file.write(b"%d" % number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, "abcdefgh"))
    assert {found.name: found.read_bytes() for found in tmp_path.iterdir()} == dict.fromkeys("abcdefgh", b"39")
