"""A directory as tar members: compared with tarfile's own reading of it, and raced against."""

import io
import os
import socket
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shave.errors import CannotError
from shave.sources import host_tree
from shave.sources.host_tree import members
from shave.tar_writer import tar
from shave.tree import Entry

Left = list[tuple[str, str]]


@contextmanager
def walking(root: Path, left: Left, own: Path | None = None) -> Iterator[Iterator[host_tree.Member]]:
    here, there = (os.open(path, os.O_RDONLY | os.O_DIRECTORY) for path in (root, own or root.parent))
    try:
        yield members(here, there, lambda why, path: left.append((why, path)))
    finally:
        os.close(here)
        os.close(there)


def read(root: Path, own: Path | None = None) -> tuple[dict[str, tuple[Entry, bytes]], Left]:
    left: Left = []
    with walking(root, left, own) as found:
        return {entry.path: (entry, b"".join(body)) for entry, body in found}, left


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc" / "one").write_bytes(b"one" * 1000)
    (root / "etc" / "one").chmod(0o4750)
    os.link(root / "etc" / "one", root / "two")
    (root / "etc.d").write_bytes(b"")
    (root / "link").symlink_to("/etc/passwd")
    (root / "up").symlink_to("..")
    os.mkfifo(root / "pipe", 0o600)
    (root / "caf\udce9").write_text("not UTF-8")
    for path in root.rglob("*"):
        os.utime(path, ns=(0, 1_600_000_000_123_456_789), follow_symlinks=False)
    os.utime(root, ns=(0, 5))
    return root


def test_what_is_there(root: Path) -> None:
    found, left = read(root)
    assert list(found) == ["", "caf\udce9", "etc", "etc/one", "etc.d", "link", "pipe", "two", "up"]
    assert left == []
    entry, body = found["etc/one"]
    assert (entry.kind, entry.mode, entry.mtime, entry.size) == ("file", 0o4750, 1_600_000_000_123_456_789, 3000)
    assert (entry.uid, entry.gid, body) == (os.geteuid(), root.stat().st_gid, b"one" * 1000)
    assert (found["two"][0].kind, found["two"][0].link) == ("hardlink", "etc/one")
    assert (found["link"][0].kind, found["link"][0].link) == ("symlink", "/etc/passwd")
    assert (found["pipe"][0].kind, found["pipe"][0].mode, found[""][0].mtime) == ("fifo", 0o600, 5)


def test_tarfile_sees_the_same_directory(root: Path) -> None:
    left: Left = []
    with walking(root, left) as found:
        ours = io.BytesIO(b"".join(tar(found)))
    theirs = io.BytesIO()
    with tarfile.open(fileobj=theirs, mode="w") as archive:
        archive.add(root, ".")
    assert members_of(ours) == members_of(theirs)


def members_of(stream: io.BytesIO) -> dict[str, tuple[object, ...]]:
    """Which of two hard links is the link is a matter of the order they stand in."""
    stream.seek(0)
    with tarfile.open(fileobj=stream) as archive:
        return {
            os.path.normpath(found.name): (
                found.mode,
                found.uid,
                found.gid,
                found.issym() and found.linkname,
                found.isfifo(),
                found.isdir(),
                (body := archive.extractfile(found)) and body.read() if found.isfile() or found.islnk() else None,
            )
            for found in archive
        }


def test_attributes_of_the_image_but_not_of_the_machine(root: Path) -> None:
    for name in ("user.note", "user.a"):
        os.setxattr(root / "etc" / "one", name, b"\0\xff")
    os.setxattr(root / "etc", "user.folder", b"1")
    found, _ = read(root)
    assert found["etc/one"][0].xattrs == (("user.a", b"\0\xff"), ("user.note", b"\0\xff"))
    assert found["etc"][0].xattrs == (("user.folder", b"1"),)


@pytest.mark.root
def test_root_sees_owners_devices_and_capabilities(root: Path) -> None:
    os.chown(root / "etc", 12, 34)
    os.mknod(root / "null", 0o020666, os.makedev(1, 3))
    capability = bytes.fromhex("0100000200040000000000000000000000000000")
    os.setxattr(root / "etc.d", "security.capability", capability)
    os.setxattr(root / "etc.d", "trusted.overlay.opaque", b"y")
    found, _ = read(root)
    assert (found["etc"][0].uid, found["etc"][0].gid) == (12, 34)
    assert (found["null"][0].kind, found["null"][0].device) == ("character", (1, 3))
    assert found["etc.d"][0].xattrs == (("security.capability", capability),)


def test_what_no_layer_can_hold_is_left_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
    (root / "etc" / ".wh.one").write_text("")
    (root / ".wh..wh..opq").mkdir()
    found, left = read(root)
    assert set(left) == {
        (host_tree.SOCKET, "socket"),
        (host_tree.WHITEOUT, "etc/.wh.one"),
        (host_tree.WHITEOUT, ".wh..wh..opq"),
    }
    assert "socket" not in found and "etc/.wh.one" not in found


def test_the_place_of_the_stream_itself_is_empty(root: Path) -> None:
    (root / "etc" / "work").mkdir()
    (root / "etc" / "work" / "layer.tar").write_text("grows")
    found, left = read(root, own=root / "etc" / "work")
    assert ("etc/work" in found, "etc/work/layer.tar" in found) == (True, False)
    assert left == [(host_tree.OWN, "etc/work")]


def test_one_file_system_only() -> None:
    """Every Linux mounts something there, and no container is without."""
    found, left = read(Path("/dev"))
    assert (host_tree.MOUNTED, "shm") in left and "shm" in found
    assert not [path for path in found if path.startswith(("shm/", "pts/"))]
    assert found["null"][0].device == (1, 3)


def test_deep_paths(tmp_path: Path) -> None:
    """Deeper than Python may recurse, and than any path may be long."""
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(700):
        os.mkdir("directory", dir_fd=here)
        below = os.open("directory", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    found, left = read(tmp_path)
    assert (len(found), left) == (701, [])


def test_holes_are_not_read(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with (root / "sparse").open("wb") as file:
        file.truncate(1 << 40)
        os.pwrite(file.fileno(), b"data", 1 << 39)
    (root / "small").touch()
    os.truncate(root / "small", 100_000)
    found, _ = read(root)
    entry, body = found["sparse"]
    assert entry.sparse is not None and entry.size == 1 << 40
    assert sum(length for _, length in entry.sparse) == len(body) < 1 << 20
    (start, _), *_ = entry.sparse
    assert body[(1 << 39) - start :].startswith(b"data")
    assert (found["small"][0].sparse, found["small"][1]) == (None, bytes(100_000))


def test_a_file_that_shrinks(root: Path) -> None:
    with walking(root, []) as found, pytest.raises(CannotError, match="/etc/one became shorter while it was read"):
        for entry, body in found:
            if entry.path == "etc/one":
                os.truncate(root / "etc" / "one", 10)
            for _ in body:
                pass


def test_a_file_that_grows_is_as_long_as_it_was(root: Path) -> None:
    with walking(root, []) as found:
        for entry, body in found:
            if entry.path == "etc/one":
                with (root / "etc" / "one").open("ab") as file:
                    file.write(b"more")
                assert len(b"".join(body)) == 3000


def test_what_is_gone_is_left_out_with_the_links_to_it(root: Path) -> None:
    left: Left = []
    seen = []
    with walking(root, left) as found:
        for entry, _ in found:
            seen.append(entry.path)
            if entry.path == "etc":
                (root / "etc" / "one").unlink()
            if entry.path == "link":
                (root / "pipe").unlink()
    assert "etc/one" not in seen and "pipe" not in seen
    assert (host_tree.GONE, "pipe") in left


def test_a_directory_swapped_for_a_link_is_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("key")
    with walking(root, []) as found:
        entries = {}
        for entry, _ in found:
            entries[entry.path] = entry
            if not entry.path:
                (root / "etc").rename(tmp_path / "moved")
                (root / "etc").symlink_to("../secret")
    assert entries["etc"].kind == "symlink" and "etc/key" not in entries
