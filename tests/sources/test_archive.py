"""The tar walk against tarfile, the writer, and archives that are broken or hostile."""

import gzip
import io
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.errors import BadImageError, CannotError, ShaveError
from shave.events import silent
from shave.sources.archive import Archive, archive_at, write_archive, write_tar

NAME = st.text(st.characters(blacklist_characters="\0/", blacklist_categories=["Cs"]), min_size=1, max_size=150).filter(
    lambda name: name not in (".", "..") and not name.endswith("/")
)
FILES = st.dictionaries(NAME, st.binary(max_size=2000), max_size=6)


def saved(path: Path, members: list[tuple[tarfile.TarInfo, bytes]], form: int = tarfile.PAX_FORMAT) -> Path:
    with tarfile.open(path, "w", format=form) as archive:
        for member, body in members:
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return path


def link(name: str, target: str, kind: bytes) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, b""


def plain(name: str, body: bytes) -> tuple[tarfile.TarInfo, bytes]:
    return tarfile.TarInfo(name), body


@given(FILES, st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]))
def test_the_walk_agrees_with_tarfile(files: dict[str, bytes], form: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = saved(Path(directory, "a.tar"), [plain(name, body) for name, body in files.items()], form)
        archive = Archive(path)
        assert {name: archive.open(name).read() for name in archive.extents} == files
        for name, body in files.items():
            where, start = archive.place(name)
            assert where.read_bytes()[start : start + len(body)] == body


@given(FILES)
def test_what_is_written_is_read_by_tarfile(files: dict[str, bytes]) -> None:
    data = b"".join(write_tar((name, len(body), [body[:7], body[7:]]) for name, body in files.items()))
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        members = {member.name: member for member in archive}
        assert list(members) == list(files)
        for name, body in files.items():
            extracted = archive.extractfile(members[name])
            assert extracted and extracted.read() == body
    assert data == b"".join(write_tar((name, len(body), [body]) for name, body in files.items()))


@given(
    st.binary(max_size=2048)
    | st.builds(lambda at, byte: at.to_bytes(2) + byte, st.integers(0, 2047), st.binary(min_size=1, max_size=1))
)
def test_any_bytes_are_an_archive_or_a_bad_image(noise: bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = saved(Path(directory, "a.tar"), [plain("n" * 120, b"body")])
        data = bytearray(path.read_bytes())
        at = int.from_bytes(noise[:2]) % len(data)
        data[at : at + len(noise)] = noise
        path.write_bytes(data)
        try:
            archive = Archive(path)
            for name in archive.extents:
                archive.open(name).read()
        except ShaveError:
            return


def test_links_lead_to_members_only(tmp_path: Path) -> None:
    outside = tmp_path / "secret"
    outside.write_text("secret")
    archive = Archive(
        saved(
            tmp_path / "a.tar",
            [
                plain("one/layer.tar", b"layer"),
                link("two/layer.tar", "../one/layer.tar", tarfile.SYMTYPE),
                link("three", "one/layer.tar", tarfile.LNKTYPE),
                link("four", "../../../../etc/passwd", tarfile.SYMTYPE),
                link("five", str(outside), tarfile.SYMTYPE),
                link("six", "seven", tarfile.SYMTYPE),
                link("seven", "six", tarfile.SYMTYPE),
                plain("../../eight", b"only a name"),
                plain("/etc/nine", b"only a name"),
            ],
        )
    )
    assert archive.open("two/layer.tar").read() == archive.open("three").read() == b"layer"
    for name in ("four", "five", "six", "etc/passwd"):
        assert archive.size(name) is None
        with pytest.raises(BadImageError, match="has no member"):
            archive.open(name)
    assert archive.open("../../eight").read() == archive.open("etc/nine").read() == b"only a name"


def test_a_later_member_replaces_an_earlier(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.tar", [plain("a", b"first"), plain("./a", b"second")])
    assert Archive(path).open("a").read() == b"second"


@pytest.mark.parametrize("cut", [100, 512, 700, 1024 + 511])
def test_truncated_archives(tmp_path: Path, cut: int) -> None:
    path = saved(tmp_path / "a.tar", [plain("a", b"x" * 600), plain("b", b"y" * 600)])
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(BadImageError, match=r"cut off|is not a tar archive"):
        Archive(path)


def resized(path: Path, field: bytes) -> Path:
    header = bytearray(path.read_bytes())
    header[124:136] = field.ljust(12, b"\0")
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + 256 + sum(header[156:512]))
    path.write_bytes(header)
    return path


@pytest.mark.parametrize("field", [b"77777777777", b"\x80" + b"\xff" * 11, b"\xff" * 12, b"-1", b"9"])
def test_sizes_that_lie(tmp_path: Path, field: bytes) -> None:
    path = resized(saved(tmp_path / "a.tar", [plain("a", b"x")]), field)
    with pytest.raises(BadImageError):
        Archive(path)


def test_large_extended_headers_are_not_read(tmp_path: Path) -> None:
    member = tarfile.TarInfo("a")
    member.pax_headers = {"comment": "x" * (2 << 20)}
    with pytest.raises(BadImageError, match="extended header of"):
        Archive(saved(tmp_path / "a.tar", [(member, b"x")]))


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_archive_at(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = saved(tmp_path / "a.tar", [plain("a", b"body")])
    path.write_bytes(pack(path.read_bytes()))
    with archive_at(path, silent) as archive:
        assert archive.open("a").read() == b"body"
        spooled = archive.path
    assert spooled.exists() == (spooled == path)


def test_archive_at_refuses(tmp_path: Path) -> None:
    with pytest.raises(CannotError, match="cannot be read"), archive_at(tmp_path / "none", silent):
        pass
    (tmp_path / "x.xz").write_bytes(b"\xfd7zXZ\x00 and so on")
    with pytest.raises(BadImageError, match="xz"), archive_at(tmp_path / "x.xz", silent):
        pass
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"x" * 9999)[:-9])
    with pytest.raises(BadImageError, match="gzip stream"), archive_at(tmp_path / "cut.gz", silent):
        pass


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_text("before")
    with pytest.raises(BadImageError, match="a has 1 bytes where 2 were expected"):
        write_archive(path, [("a", 2, [b"x"])], "it")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(CannotError, match="is no regular file"):
        write_archive(tmp_path, [], "it")
    with pytest.raises(CannotError, match="No such file"):
        write_archive(tmp_path / "no/where.tar", [], "it")
