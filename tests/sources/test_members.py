"""A layout's directory is never left."""

import os
from pathlib import Path

import pytest

from shave.errors import BadImageError
from shave.oci import Descriptor
from shave.sources.members import Directory, read_blob, read_document


def test_plain_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b").write_bytes(b"xyz")
    members = Directory(tmp_path)
    assert members.size("a/b") == 3
    assert members.size("a/c") is None
    assert members.open("a/b").read() == b"xyz"
    assert members.place("a/b") == (tmp_path / "a/b", 0)
    assert read_document(members, "a/b", 3, "x") == b"xyz"


def test_links_and_other_kinds_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "file").write_text("secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(secret / "file")
    (root / "folder").symlink_to(secret)
    os.mkfifo(root / "fifo")
    (root / "directory").mkdir()
    for name in ("link", "folder/file", "fifo", "directory"):
        with pytest.raises(BadImageError):
            Directory(root).open(name)
        with pytest.raises(BadImageError):
            Directory(root).size(name)


def test_documents_are_bounded_and_blobs_verified(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"xyz")
    with pytest.raises(BadImageError, match="the thing has 3 bytes, more than the 2"):
        read_document(Directory(tmp_path), "a", 2, "the thing")
    with pytest.raises(BadImageError, match="the thing is missing"):
        read_document(Directory(tmp_path), "b", 2, "the thing")
    digest = "sha256:" + "0" * 64
    (tmp_path / "blobs/sha256").mkdir(parents=True)
    (tmp_path / "blobs/sha256" / ("0" * 64)).write_bytes(b"xyz")
    with pytest.raises(BadImageError, match="not what its digest says"):
        read_blob(Directory(tmp_path), Descriptor("", digest, 3), 10, "the thing")
