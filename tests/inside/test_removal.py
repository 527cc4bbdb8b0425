import os
from pathlib import Path

import pytest

from shave.inside.removal import remove


def deep(top: Path, levels: int) -> None:
    """Directories that no single path can name."""
    here = os.open(top, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=here)
        os.close(os.open("f", os.O_CREAT, dir_fd=here))
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def test_any_depth(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    deep(top, 5000)
    before = len(list(Path("/proc/self/fd").iterdir()))
    remove(str(top))
    assert not top.exists()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_many_beside_each_other(tmp_path: Path) -> None:
    for name in ("top/a/b/c", "top/a/d", "top/e", "top/f/g"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").touch()
    remove(str(tmp_path / "top"))
    assert not list(tmp_path.iterdir())


def test_no_symlink_is_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    top = tmp_path / "top"
    top.mkdir()
    (top / "link").symlink_to(kept)
    (top / "dangling").symlink_to("nowhere")
    os.mkfifo(top / "pipe")
    remove(str(top))
    assert (kept / "file").exists()
    assert not top.exists()
    (tmp_path / "link").symlink_to(kept)
    with pytest.raises(OSError, match="Not a directory"):
        remove(str(tmp_path / "link"))
