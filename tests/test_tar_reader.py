"""The tar scanner against tarfile and GNU tar, and against streams that lie."""

import base64
import io
import random
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xxhash import xxh3_128_digest

from shave import tar_reader
from shave.errors import BadImageError
from shave.tar_reader import Contents, scan
from shave.tree import Entry

KINDS = {
    tarfile.REGTYPE: "file",
    tarfile.LNKTYPE: "hardlink",
    tarfile.SYMTYPE: "symlink",
    tarfile.CHRTYPE: "character",
    tarfile.BLKTYPE: "block",
    tarfile.DIRTYPE: "directory",
    tarfile.FIFOTYPE: "fifo",
}
FORMATS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)


def member(name: str, body: bytes = b"", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(body)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, body


def stream(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for info, body in members:
            archive.addfile(info, io.BytesIO(body))
    return buffer.getvalue()


def read(data: bytes, size: int = 64 << 10) -> Contents:
    return scan(data[at : at + size] for at in range(0, len(data), size))


def one(data: bytes) -> Entry:
    (entry,) = read(data).entries
    return entry


def rewritten(block: bytes, *changes: tuple[int, bytes]) -> bytes:
    """A header with other bytes at some places and the checksum that fits."""
    for at, new in changes:
        block = block[:at] + new + block[at + len(new) :]
    total = tarfile.calc_chksums(block)[0]
    return block[:148] + b"%06o\0 " % total + block[156:]


names = st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=60).filter(
    lambda name: not name.startswith(".") and len(name.encode()) < 200
)
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
infos = st.builds(
    member,
    paths,
    st.binary(max_size=2000),
    mode=st.integers(0, 0o7777),
    uid=st.integers(0, 2**32 - 1),
    gid=st.integers(0, 2**32 - 1),
    mtime=st.integers(-(2**31), 2**33),
)


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@given(members=st.lists(infos, max_size=5), size=st.integers(1, 3000))
def test_files_as_tarfile_writes_them(form: int, members: list[tuple[tarfile.TarInfo, bytes]], size: int) -> None:
    data = stream(*members, form=form)
    entries = read(data, size).entries
    assert len(entries) == len(members)
    for entry, (info, body) in zip(entries, members, strict=True):
        assert (entry.path, entry.kind, entry.mode, entry.uid, entry.gid) == (
            info.name,
            "file",
            info.mode,
            info.uid,
            info.gid,
        )
        assert (entry.mtime, entry.size) == (info.mtime * 10**9, len(body))
        assert data[entry.offset : entry.offset + entry.size] == body
        assert entry.digest == xxh3_128_digest(body)


@pytest.mark.parametrize("form", FORMATS)
def test_every_kind(form: int) -> None:
    members = [
        member("d/", type=tarfile.DIRTYPE, mode=0o1777),
        member("d/f", b"body", mode=0o4755),
        member("d/s", type=tarfile.SYMTYPE, linkname="/../any//where"),
        member("d/h", type=tarfile.LNKTYPE, linkname="./d//f"),
        member("d/c", type=tarfile.CHRTYPE, devmajor=1, devminor=3),
        member("d/b", type=tarfile.BLKTYPE, devmajor=8, devminor=1),
        member("d/p", type=tarfile.FIFOTYPE),
        member("d/t", b"contiguous", type=tarfile.CONTTYPE),
    ]
    entries = read(stream(*members, form=form)).entries
    assert [entry.kind for entry in entries] == [KINDS.get(info.type, "file") for info, _ in members]
    assert [entry.link for entry in entries[2:4]] == ["/../any//where", "d/f"]
    assert [entry.device for entry in entries[4:6]] == [(1, 3), (8, 1)]
    assert entries[1].mode == 0o4755
    assert entries[0].digest == b""


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("length", [99, 100, 101, 155, 198])
def test_long_names_and_links(form: int, length: int) -> None:
    path = "d" * (length // 2) + "/" + "f" * (length - length // 2 - 1)
    link = path if form != tarfile.USTAR_FORMAT else path[:100]
    data = stream(member(path, b"x"), member("l", type=tarfile.SYMTYPE, linkname=link), form=form)
    entries = read(data, 700).entries
    assert (entries[0].path, entries[1].link) == (path, link)


def test_names_that_are_not_utf8_survive() -> None:
    data = stream(member("caf\udce9", b"x"), form=tarfile.GNU_FORMAT)
    assert one(data).path == "caf\udce9"


def test_extended_attributes() -> None:
    headers = {
        "SCHILY.xattr.security.capability": "\x01\0\0\x02",
        "SCHILY.xattr.user.empty": "",
        "SCHILY.xattr.user.both": "star",
        "LIBARCHIVE.xattr.user.both": base64.b64encode(b"libarchive").decode().rstrip("="),
        "LIBARCHIVE.xattr.user.per%20cent": base64.b64encode(b"\xff\0").decode(),
        "atime": "1.5",
        "comment": "nothing",
    }
    entry = one(stream(member("f", b"x", pax_headers=headers)))
    assert dict(entry.xattrs) == {
        "security.capability": b"\x01\0\0\x02",
        "user.empty": b"",
        "user.both": b"star",
        "user.per cent": b"\xff\0",
    }
    assert [name for name, _ in entry.xattrs] == sorted(name for name, _ in entry.xattrs)


def test_pax_times_keep_nanoseconds() -> None:
    assert one(stream(member("f", pax_headers={"mtime": "1700000000.123456789"}))).mtime == 1700000000123456789


def test_times_that_nothing_can_hold_are_the_epoch() -> None:
    assert one(stream(member("f", pax_headers={"mtime": "99999999999999"}))).mtime == 0


def test_global_headers_change_nothing() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", pax_headers={"uid": "7", "path": "elsewhere"}) as archive:
        archive.addfile(tarfile.TarInfo("f"))
    assert (one(buffer.getvalue()).path, one(buffer.getvalue()).uid) == ("f", 0)


def test_pax_size_beyond_octal() -> None:
    data = stream(member("f", b"12345", pax_headers={"size": "5"}))
    assert one(data).size == 5


def test_v7_directory_is_a_file_with_a_slash() -> None:
    block = rewritten(stream(member("d", b""))[:512], (0, b"d/\0"), (156, b"\0"), (257, bytes(8)))
    assert one(block).kind == "directory"


def test_only_files_have_bodies() -> None:
    block = rewritten(stream(member("l", type=tarfile.SYMTYPE, linkname="x"))[:512], (124, b"00000001000\0"))
    assert [entry.path for entry in read(block + stream(member("f", b"x"))).entries] == ["l", "f"]


def test_a_stream_may_end_without_zero_blocks_and_padding() -> None:
    data = stream(member("f", b"x" * 700))
    for end in (512 + 700, 512 + 1024, 512 + 1024 + 512):
        assert one(data[:end]).size == 700
    assert read(b"").entries == ()


def test_what_stands_behind_the_end_is_not_looked_at() -> None:
    assert one(stream(member("f", b"x")) + b"garbage").path == "f"


@pytest.mark.parametrize("path", ["//etc///x", "/etc/x", "./etc/x", "etc/./x", "etc/x/"])
def test_paths_are_normalised(path: str) -> None:
    assert one(stream(member(path))).path == "etc/x"


def test_root() -> None:
    entry = one(stream(member("./", type=tarfile.DIRTYPE, mode=0o700)))
    assert (entry.path, entry.mode) == ("", 0o700)


def test_whiteouts_stand_apart() -> None:
    names = ("a/.wh.b", ".wh.c", "d/.wh..wh..opq", ".wh..wh..opq", "e/.wh..wh.aufs", ".wh..wh.plnk/1.2", "f.wh.g")
    found = read(stream(*(member(name) for name in names)))
    assert (found.whiteouts, found.opaque) == (("a/b", "c"), ("d", ""))
    assert [entry.path for entry in found.entries] == ["f.wh.g"]


@pytest.mark.parametrize("name", ["a/.wh.", "a/.wh..", "a/.wh..."])
def test_whiteouts_of_nothing(name: str) -> None:
    with pytest.raises(BadImageError, match="deletes nothing"):
        read(stream(member(name)))


def broken() -> Iterable[tuple[str, bytes, str]]:
    """Streams that lie, and what is said of them."""
    good = stream(member("good", b"body"))[:1024]
    head = stream(member("f", b"x" * 1000))[:512]
    link = stream(member("l", type=tarfile.LNKTYPE, linkname="f"))[:512]
    yield "dots", stream(member("a/../b")), r"at offset 0: its path leads out"
    yield "dots in link", rewritten(link, (157, b"../f\0")), "leads out"
    yield "second", good + stream(member("../b")), r"at offset 1024, after entry 'good'"
    yield "nul", stream(member("f", pax_headers={"path": "a\0b"})), "NUL"
    yield "no path", rewritten(head, (0, bytes(100))) + bytes(1024), "no path"
    yield "garbage", good + b"garbage!" * 64, "checksum"
    yield "cut header", good + b"x" * 100, "cut off"
    yield "cut body", head + b"x" * 100, "lacks 900 bytes"
    yield "lone zero block", bytes(512) + good, "zero block"
    yield "type", rewritten(head, (156, b"Q")), "unknown type 'Q'"
    yield "octal", rewritten(head, (100, b"00009\0  ")), "not octal"
    yield "negative size", rewritten(head, (124, b"\xff" * 12)), "size -1 is impossible"
    yield "huge size", rewritten(head, (124, b"\x80" + b"\x7f" * 11)), "size"
    yield "negative uid", rewritten(head, (108, b"\xff" * 8)), "owner -1 is impossible"
    yield "device", rewritten(head, (156, b"3"), (329, b"\x80" + b"\1" * 7)), "device number"
    yield "huge pax", rewritten(head, (156, b"x"), (124, b"00010000000\0")) + bytes(1 << 21), "extended header's size"
    yield "cut pax", rewritten(head, (156, b"x")) + b"12 path=abc\n", "cut off"
    yield "pax alone", stream(member("f", pax_headers={"path": "g"}))[:1024], "cut off"
    yield "pax size", stream(member("f", pax_headers={"size": "-1"})), "size is not a number"
    yield "pax uid", stream(member("f", pax_headers={"uid": str(2**32)})), "owner"
    yield "xattr", stream(member("f", pax_headers={"LIBARCHIVE.xattr.user.x": "A"})), "base64"
    yield "long path", stream(member("d/" * 2100 + "f")), "more than Linux"
    yield "long part", stream(member("f" * 256)), "more than Linux"
    yield "no target", rewritten(link, (156, b"2"), (157, bytes(100))), "target"
    yield "sparse", stream(member("f", pax_headers={"GNU.sparse.map": "0,5", "GNU.sparse.size": "3"})), "sparse map"
    yield "sparse 2", stream(member("f", pax_headers={"GNU.sparse.major": "2"})), "unknown format"
    yield (
        "sparse cut",
        stream(member("f", b"9\n", pax_headers={"GNU.sparse.major": "1", "GNU.sparse.minor": "0"})),
        "map",
    )


@pytest.mark.parametrize(("data", "said"), [pytest.param(data, said, id=name) for name, data, said in broken()])
def test_streams_that_lie(data: bytes, said: str) -> None:
    with pytest.raises(BadImageError, match=said):
        read(data)


def test_entries_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar_reader, "MAX_ENTRIES", 3)
    with pytest.raises(BadImageError, match="more than 3 entries"):
        read(stream(*(member(str(number)) for number in range(4))))


def test_extended_headers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar_reader, "MAX_EXTENSIONS_TOTAL", 2000)
    with pytest.raises(BadImageError, match="larger than any"):
        read(stream(*(member("é" + str(number)) for number in range(4))))


@given(st.binary(max_size=2000), st.integers(0, 2000), st.integers(1, 700))
def test_noise_never_crashes(noise: bytes, at: int, size: int) -> None:
    data = stream(member("é", b"x" * 600, uid=2**31), member("l", type=tarfile.LNKTYPE, linkname="é"))
    try:
        read(data[:at] + noise + data[at + len(noise) :], size)
    except BadImageError as error:
        assert "at offset" in str(error)


@pytest.mark.oracle
@pytest.mark.parametrize("form", ["oldgnu", "gnu", "posix:0.0", "posix:0.1", "posix:1.0"])
def test_sparse_files_of_gnu_tar(tmp_path: Path, form: str) -> None:
    chance = random.Random(form)
    with (tmp_path / "holes").open("wb") as file:
        for start in range(100):
            file.seek(start * 200_000)
            file.write(chance.randbytes(chance.randrange(1, 5000)))
        file.truncate(30_000_000)
    name, _, version = form.partition(":")
    options = [f"--format={name}"] + ([f"--sparse-version={version}"] if version else [])
    command = ["tar", "-C", tmp_path, "-S", *options, "-cf", "-", "holes"]
    data = subprocess.run(command, capture_output=True, check=True).stdout
    entry = one(data)
    assert (entry.path, entry.size) == ("holes", 30_000_000)
    assert entry.sparse and len(data) < 2_000_000
    body = bytearray(entry.size)
    at = entry.offset
    for start, length in entry.sparse:
        body[start : start + length] = data[at : at + length]
        at += length
    assert body == (tmp_path / "holes").read_bytes()


@pytest.mark.oracle
@pytest.mark.parametrize("form", ["v7", "oldgnu", "gnu", "ustar", "posix"])
def test_a_folder_of_gnu_tar(tmp_path: Path, form: str) -> None:
    folder = tmp_path / "d"
    folder.mkdir(mode=0o750)
    (folder / "f").write_bytes(b"x" * 70_000)
    (folder / "h").hardlink_to(folder / "f")
    (folder / "s").symlink_to("../f")
    command = ["tar", "-C", tmp_path, "--sort=name", f"--format={form}", "-cf", "-", "./d"]
    entries = read(subprocess.run(command, capture_output=True, check=True).stdout).entries
    assert [(entry.path, entry.kind, entry.link) for entry in entries] == [
        ("d", "directory", ""),
        ("d/f", "file", ""),
        ("d/h", "hardlink", "d/f"),
        ("d/s", "symlink", "../f"),
    ]
    stat = (folder / "f").stat()
    exact = form == "posix"
    assert entries[1].mtime == (stat.st_mtime_ns if exact else stat.st_mtime_ns // 10**9 * 10**9)
