"""Written streams read back by our scanner, tarfile and GNU tar."""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shave.tar_reader import scan
from shave.tar_writer import header, stored_bytes, tar
from shave.tree import Entry

NAMES = st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=80).filter(
    lambda name: name.strip(".") and ".wh." not in name and len(name.encode("utf-8", "replace")) < 250
)
# Surrogates other than those of surrogateescape stand for no bytes.
PATHS = (
    st.lists(NAMES, min_size=1, max_size=5)
    .map("/".join)
    .filter(lambda path: not any("\ud800" <= c <= "\udfff" for c in path))
)
ENTRIES = st.builds(
    Entry,
    PATHS,
    st.sampled_from(("file", "directory", "symlink", "hardlink", "character", "block", "fifo")),
    st.integers(0, 0o7777),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(-(2**62), 2**62),
    st.integers(0, 2000),
    PATHS,
    st.tuples(st.integers(0, 4095), st.integers(0, 2**20 - 1)),
    st.dictionaries(NAMES.filter(lambda key: "=" not in key and key.isascii()), st.binary(max_size=50)).map(
        lambda found: tuple(sorted(found.items()))
    ),
)


def consistent(entry: Entry) -> Entry:
    """An entry that says only what its kind can say."""
    return replace(
        entry,
        size=entry.size if entry.kind == "file" else 0,
        link=entry.link if entry.kind in ("symlink", "hardlink") else "",
        device=entry.device if entry.kind in ("character", "block") else (0, 0),
    )


def written(*entries: Entry) -> bytes:
    return b"".join(tar((entry, (bytes(stored_bytes(entry)),)) for entry in entries))


@given(st.lists(ENTRIES.map(consistent), max_size=4))
def test_entries_survive(entries: list[Entry]) -> None:
    data = written(*entries)
    found = [replace(entry, offset=0, digest=b"") for entry in scan([data]).entries]
    assert found == entries
    assert len(data) % 512 == 0


@given(ENTRIES.map(consistent))
def test_tarfile_reads_the_same(entry: Entry) -> None:
    with tarfile.open(fileobj=io.BytesIO(written(entry))) as archive:
        (info,) = archive.getmembers()
    assert (info.name, info.mode, info.uid, info.gid, info.size, info.linkname) == (
        entry.path,
        entry.mode,
        entry.uid,
        entry.gid,
        entry.size,
        entry.link,
    )
    assert (info.uname, info.gname) == ("", "")


def test_the_common_header_is_plain_ustar() -> None:
    entry = Entry("usr/bin/x", "file", 0o755, 0, 0, 1700000000 * 10**9, 5)
    assert len(header(entry)) == 512
    with tarfile.open(fileobj=io.BytesIO(written(entry))) as archive:
        (info,) = archive.getmembers()
    # tarfile leaves the device numbers of other kinds empty (and sums them), Go writes zeros.
    assert info.tobuf(tarfile.USTAR_FORMAT)[:148] == header(entry)[:148]


@pytest.mark.parametrize("size", [8**11 - 1, 8**11, 2**60])
def test_sizes_beyond_octal(size: int) -> None:
    block = header(Entry("f", "file", size=size))
    info = tarfile.TarFile.open(fileobj=io.BytesIO(block + bytes(1024)), ignore_zeros=False).next()
    assert info is not None and info.size == size


def test_a_body_of_another_length_is_a_bug() -> None:
    with pytest.raises(ValueError, match="2 bytes of body"):
        list(tar([(Entry("f", "file", size=3), (b"xy",))]))


@pytest.mark.parametrize("length", [99, 100, 101, 156, 157, 255, 256, 300])
def test_long_directories(length: int) -> None:
    path = ("d" * 60 + "/") * 5
    entry = Entry(path[:length].rstrip("/") + "e", "directory", 0o755)
    assert scan([written(entry)]).entries == (entry,)


def test_sparse_files_stay_sparse() -> None:
    entry = Entry("é" * 60, "file", size=1 << 50, sparse=((0, 700), (1 << 40, 3), (1 << 50, 0)))
    data = written(entry)
    (found,) = scan([data]).entries
    assert replace(found, offset=0, digest=b"") == entry
    assert len(data) < 8192


@pytest.mark.oracle
def test_gnu_tar_extracts_all(tmp_path: Path) -> None:
    entries = [
        Entry("d", "directory", 0o750, mtime=10**9),
        Entry("d/" + "é" * 120, "file", 0o640, mtime=1_700_000_000_123_456_789, size=700),
        Entry("d/caf\udce9", "symlink", 0o777, link="\udce9" * 3),
        Entry("h", "hardlink", 0o640, link="d/" + "é" * 120),
        Entry("s", "file", 0o644, size=5_000_000, sparse=((4096, 10), (5_000_000, 0))),
    ]
    subprocess.run(["tar", "-C", tmp_path, "-xpf", "-"], input=written(*entries), check=True)
    long = tmp_path / entries[1].path
    assert (long.stat().st_mtime_ns, long.stat().st_nlink) == (1_700_000_000_123_456_789, 2)
    assert (tmp_path / "d/caf\udce9").readlink() == Path("\udce9" * 3)
    assert (tmp_path / "s").read_bytes() == bytes(5_000_000)
    assert (tmp_path / "d").stat().st_mode & 0o7777 == 0o750
