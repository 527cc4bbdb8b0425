"""Evidence files on a real disk."""

import multiprocessing
from pathlib import Path

import pytest

from shave.errors import CannotError, UsageError
from shave.evidence import EvidenceFile, Use, unite_files
from shave.evidence_files import load, merge, writable
from shave.evidence_text import read, write


def used(*paths: str) -> EvidenceFile:
    return EvidenceFile(uses=tuple(Use(path, ("opened",), ("start",)) for path in sorted(paths)))


def test_a_file_is_made_merged_into_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "app.evidence"
    assert merge(path, used("/a", "/b")).new_paths == 2
    assert merge(path, used("/b", "/c")).new_paths == 1
    assert read(path.read_bytes(), "x") == load([path, path]) == used("/a", "/b", "/c")
    before = path.stat().st_ino
    assert merge(path, used("/c")).new_paths == 0
    assert path.stat().st_ino == before
    assert [found.name for found in tmp_path.iterdir()] == ["app.evidence"]


def test_a_file_that_git_merged_is_written_in_order_again(tmp_path: Path) -> None:
    path = tmp_path / "app.evidence"
    path.write_bytes(write(used("/b")) + write(used("/a")))
    assert merge(path, used()).new_paths == 0
    assert path.read_bytes() == write(used("/a", "/b"))


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "link").symlink_to("kept/file")
    merge(tmp_path / "link", used("/a"))
    assert (tmp_path / "link").is_symlink() and load([tmp_path / "kept/file"]) == used("/a")


def _merge(path: Path, number: int) -> None:
    merge(path, used(f"/{number}"))


def test_shaves_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "app.evidence"
    workers = [multiprocessing.Process(target=_merge, args=(path, number)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert load([path]) == unite_files(*(used(f"/{number}") for number in range(8)))


def test_what_cannot_be_read_or_written(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("hello\n")
    for refused in (lambda path: load([path]), writable, lambda path: merge(path, used())):
        with pytest.raises(UsageError, match="no evidence file"):
            refused(tmp_path / "other")
    with pytest.raises(UsageError, match="cannot be read"):
        load([tmp_path / "absent"])
    for refused in (writable, lambda path: merge(path, used())):
        with pytest.raises(CannotError, match="cannot be written"):
            refused(tmp_path / "absent/file")
    assert (tmp_path / "other").read_text() == "hello\n"
    writable(tmp_path / "new")
    assert not (tmp_path / "new").exists()
