"""Jobs in namespaces: identities, failures, and the end."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from shave import proc
from shave.errors import BadImageError, CannotError
from shave.inside.job import Entry, Job


def _unpack(directory: Path, *entries: Entry, tars: tuple[str, ...] = ()) -> Job:
    return Job(
        task="unpack",
        directory=str(directory),
        user_namespace=proc.user_namespace(),
        network="host",
        joins=0,
        memory_bytes=0,
        tars=list(tars),
        entries=list(entries),
    )


def _entry(
    path: str, kind: str, link: str = "", size: int = 0, sparse: tuple[tuple[int, int], ...] | None = None
) -> Entry:
    return (path, kind, 0o755, 0, 0, 10**18, size, link, 0, 3, sparse, ())


def test_identities_are_whole() -> None:
    who = proc.identity()
    assert who.uids[0] == (0, os.geteuid() if who.kind != "root" else 0, 1)
    if who.kind == "root":
        assert sum(count for _, _, count in who.uids) >= 65536


@pytest.mark.parametrize("link", ["/", "/etc", "../../etc", "etc"])
def test_nothing_is_written_through_a_link(tmp_path: Path, link: str) -> None:
    wrong = (_entry("", "directory"), _entry("a", "symlink", link), _entry("a/b", "file"))
    with pytest.raises(BadImageError, match="parent of 'a/b' is not a directory"):
        proc.run(_unpack(tmp_path, *wrong))


def test_a_file_is_made_once(tmp_path: Path) -> None:
    with pytest.raises(CannotError, match="unpacking 'a': File exists"):
        proc.run(_unpack(tmp_path, _entry("", "directory"), *[_entry("a", "file")] * 2, tars=("/dev/null",)))


def test_a_trial_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    os.utime(tmp_path, ns=(1, 1))
    proc.user_namespace.__wrapped__()
    assert tmp_path.stat().st_mtime_ns == 1


def test_a_full_disk_is_not_blamed_on_namespaces(tmp_path: Path) -> None:
    (tmp_path / "tar").write_bytes(bytes(1 << 20))
    entries = (_entry("", "directory"), _entry("a", "file", size=1 << 19))
    job = _unpack(tmp_path, *entries, tars=(str(tmp_path / "tar"),))
    with pytest.raises(CannotError, match="No space left") as caught:
        proc.run(Job(**{**job, "memory_bytes": 1 << 16}))  # type: ignore[typeddict-item]
    assert "disk" in caught.value.hint and "uidmap" not in caught.value.hint


def test_a_layer_that_ends_early(tmp_path: Path) -> None:
    (tmp_path / "tar").write_bytes(b"xxxshort")
    job = _unpack(tmp_path, _entry("", "directory"), _entry("a", "file", size=100), tars=(str(tmp_path / "tar"),))
    with pytest.raises(CannotError):
        proc.run(job)


def test_every_kind_of_entry(tmp_path: Path) -> None:
    (tmp_path / "tar").write_bytes(b"xxxdata")
    entries = (
        _entry("", "directory"),
        _entry("d", "directory"),
        _entry("d/file", "file", size=4),
        _entry("d/holes", "file", size=100_000, sparse=((50_000, 2), (99_998, 2))),
        _entry("d/link", "symlink", "/nowhere"),
        _entry("d/twin", "hardlink", "d/file"),
        _entry("d/pipe", "fifo"),
        _entry("d/null", "character"),
    )
    with proc.started(_unpack(tmp_path, *entries, tars=(str(tmp_path / "tar"),))) as inside:
        assert inside.receive() == {"done": True}
        made = tmp_path / "tree" / "d"
        assert sorted(path.name for path in made.iterdir()) == ["file", "holes", "link", "pipe", "twin"]
        assert (made / "file").read_bytes() == b"data"
        assert (made / "file").stat().st_ino == (made / "twin").stat().st_ino
        holes = bytes(50_000) + b"da" + bytes(49_996) + b"ta"
        assert (made / "holes").read_bytes() == holes
        assert str((made / "link").readlink()) == "/nowhere"
        assert (made / "pipe").is_fifo()
        assert made.stat().st_mtime_ns == 10**18


def test_a_watch_that_is_killed_takes_all_with_it(tmp_path: Path) -> None:
    with proc.started(_unpack(tmp_path, _entry("", "directory"))) as inside:
        inside.receive()
        children = Path(f"/proc/{inside.pid}/task/{inside.pid}/children").read_text().split()
        subprocess.run(["kill", "-9", str(inside.pid)], check=True)
        assert inside.receive() == {}
    deadline = time.monotonic() + 30
    while any(Path("/proc", child).exists() for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.01)
