"""Files are changed in place whole or not at all, and stay otherwise what they were."""

import os
from pathlib import Path

import pytest

from shave.errors import CannotError
from shave.rewriting import rewrite


def test_mode_stays_and_nothing_is_left_beside(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_bytes(b"one")
    path.chmod(0o640)
    rewrite(path, b"one", b"two\r\n")
    assert path.read_bytes() == b"two\r\n"
    assert path.stat().st_mode & 0o7777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.root
def test_owner_stays(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_bytes(b"one")
    os.chown(path, 1234, 4321)
    rewrite(path, b"one", b"two")
    status = path.stat()
    assert (status.st_uid, status.st_gid) == (1234, 4321)


def test_a_symlink_stays_one(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    target, link = tmp_path / "below/real", tmp_path / "Dockerfile"
    target.write_bytes(b"one")
    link.symlink_to("below/real")
    rewrite(link, b"one", b"two")
    assert link.is_symlink()
    assert target.read_bytes() == b"two"


def test_what_was_changed_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_bytes(b"another")
    with pytest.raises(CannotError, match="was changed meanwhile"):
        rewrite(path, b"one", b"two")
    assert path.read_bytes() == b"another"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_gone_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(CannotError, match="cannot be written: No such file"):
        rewrite(tmp_path / "Dockerfile", b"one", b"two")
    assert not list(tmp_path.iterdir())


def test_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / ".dockerignore"
    rewrite(path, b"", b".git\n")
    assert path.read_bytes() == b".git\n"
    rewrite(path, b".git\n", b"")
    rewrite(path, b"", b"one")
    assert path.read_bytes() == b"one"
    with pytest.raises(CannotError, match="was changed meanwhile"):
        rewrite(path, b"", b"two")
