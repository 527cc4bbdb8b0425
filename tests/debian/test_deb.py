"""Packages made up, hostile ones, and what dpkg-deb builds and says."""

import lzma
import random
import subprocess
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debs import COMPRESSIONS, archive, built, control, package
from shave.debian import deb
from shave.errors import BadImageError, CannotError
from shave.tar_reader import scan
from shave.testing import layer_tar

NOISE = random.Random(0).randbytes(300_000)
OTHERS = {
    "conffiles": b"/etc/foo\nremove-on-upgrade /etc/old\n\n/etc/bar baz\n",
    "md5sums": b"d41d8cd98f00b204e9800998ecf8427e  usr/bin/a b\nodd\n",
    "postinst": b"#!/bin/sh\n",
}
PARTS = [("debian-binary", b"2.0\n"), ("control.tar", layer_tar({"control": control()})), ("data.tar", layer_tar({}))]


def opened(directory: Path, data: bytes) -> deb.Deb:
    path = directory / "foo.deb"
    path.write_bytes(data)
    return deb.open(path)


def why(directory: Path, data: bytes) -> str:
    """What is wrong with a package: on opening it, where it is named, or on reading its files."""
    with pytest.raises(BadImageError) as raised:
        for _ in opened(directory, data).plain():
            pass
    return str(raised.value).removeprefix("the package foo.deb is broken: ")


@pytest.mark.parametrize("ending", COMPRESSIONS)
def test_every_compression(tmp_path: Path, ending: str) -> None:
    found = opened(tmp_path, package({"usr/bin/a": NOISE, "usr/bin/b": bytes(1 << 20)}, others=OTHERS, ending=ending))
    assert found.fields["package"] == "foo"
    assert found.others == OTHERS
    assert b"".join(found.plain()) == layer_tar({"usr/bin/a": NOISE, "usr/bin/b": bytes(1 << 20)})


def test_what_the_control_archive_says(tmp_path: Path) -> None:
    description = "short\n long\n .\n  verbatim"
    found = opened(tmp_path, package({}, others=OTHERS, Description=description, X_odd="1"))
    assert found.conffiles == ("/etc/foo", "/etc/bar baz")
    assert found.written["Description"] == description
    assert list(found.written)[:2] == ["Package", "Version"]
    assert found.written["X-odd"] == "1"


@pytest.mark.parametrize("added", ["\n\nPackage: ../../etc/passwd", "\nPackage: other", "\n# Package: other"])
def test_what_is_written_is_what_was_checked(tmp_path: Path, added: str) -> None:
    found = opened(tmp_path, package({}, Description=f"short{added}"))
    assert {name.lower(): value for name, value in found.written.items()} == found.fields
    assert found.written["Package"] == "foo"


def test_fields_that_are_acted_on_have_one_spelling(tmp_path: Path) -> None:
    text = b"package: foo\nVERSION: 1\nArchitecture: all\nstatus: deinstall ok half-installed\n"
    parts = [PARTS[0], ("control.tar", layer_tar({"control": text})), PARTS[2]]
    assert list(opened(tmp_path, archive(parts)).written) == ["Package", "Version", "Architecture", "Status"]


def test_unknown_members_are_passed_over_as_dpkg_does(tmp_path: Path) -> None:
    version, controls, data = PARTS
    ignored = [version, ("_one", b"1"), controls, ("_two/", b"22"), data, ("signature", b"333")]
    assert opened(tmp_path, archive(ignored)).fields["version"] == "1"


def test_a_later_minor_version_with_more_lines(tmp_path: Path) -> None:
    assert opened(tmp_path, archive([("debian-binary", b"2.7\nmore\n"), *PARTS[1:]]))


def test_xz_streams_one_after_the_other_with_padding(tmp_path: Path) -> None:
    data = layer_tar({"a": b"1"})
    streams = lzma.compress(data[:700]) + bytes(8) + lzma.compress(data[700:]) + bytes(4)
    found = opened(tmp_path, archive([*PARTS[:2], ("data.tar.xz", streams)]))
    assert b"".join(found.plain()) == data


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ([("debian-split", b"2.1\n")], "it is no Debian package but one part of a package (deb-split(5))"),
        ([("control.tar", b"")], "it is no Debian package"),
        ([], "it is no Debian package"),
        ([("debian-binary", b"3.0\n"), *PARTS[1:]], "it has the format b'3.0', where 2.0 is known"),
        ([("debian-binary", b"2\n"), *PARTS[1:]], "it has the format b'2', where 2.0 is known"),
        (PARTS[:1], "it has no member control.tar"),
        (PARTS[:2], "it has no member data.tar"),
        (
            [PARTS[0], PARTS[2], PARTS[1]],
            "its member 'data.tar' stands where control.tar should, or is compressed unusually",
        ),
        (
            [*PARTS[:2], ("data.tar.lz4", b"")],
            "its member 'data.tar.lz4' stands where data.tar should, or is compressed unusually",
        ),
        ([PARTS[0], *[("_", b"")] * 99, *PARTS[1:]], "it has no member control.tar"),
        (
            [PARTS[0], ("control.tar", layer_tar({})), PARTS[2]],
            "its control file has no field Package, or an impossible one",
        ),
        (
            [PARTS[0], ("control.tar", layer_tar({"control": control("../x")})), PARTS[2]],
            "its control file has no field Package, or an impossible one",
        ),
        (
            [PARTS[0], ("control.tar", layer_tar({"control": b"Package: foo\nVersion: 1\n"})), PARTS[2]],
            "its control file has no field Architecture, or an impossible one",
        ),
        (
            [PARTS[0], ("control.tar.xz", lzma.compress(bytes(deb.MAX_CONTROL + 1))), PARTS[2]],
            "its control archive has more than 32 MiB, as none has",
        ),
        ([*PARTS[:2], ("data.tar.xz", lzma.compress(NOISE)[:-9])], "data.tar.xz: its stream is cut off"),
        (
            [*PARTS[:2], ("data.tar.xz", lzma.compress(NOISE) + b"more than that")],
            "data.tar.xz: its stream is broken: Input format not supported by decoder",
        ),
        ([*PARTS[:2], ("data.tar.bz2", b"BZh9junk")], "data.tar.bz2: its stream is broken: Invalid data stream"),
        ([*PARTS[:2], ("data.tar.gz", b"\x1f\x8b" + bytes(99))], "data.tar.gz: its gzip stream is broken"),
    ],
)
def test_what_is_no_package(tmp_path: Path, members: list[tuple[str, bytes]], reason: str) -> None:
    assert why(tmp_path, archive(members)).startswith(reason)


def test_no_package_makes_a_dictionary_of_gigabytes(tmp_path: Path) -> None:
    greedy = b"\x5d" + (1536 << 20).to_bytes(4, "little") + lzma.compress(bytes(99), lzma.FORMAT_ALONE)[5:]
    members = [*PARTS[:2], ("data.tar.lzma", greedy)]
    assert why(tmp_path, archive(members)) == "data.tar.lzma: its stream is broken: Memory usage limit exceeded"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotError, match="the package foo 1 cannot be read: No such file"):
        deb.open(tmp_path / "none", "foo 1")


@given(
    st.sampled_from([*COMPRESSIONS]),
    st.lists(st.tuples(st.integers(0, 1 << 12), st.integers(0, 255)), max_size=3),
    st.integers(0, 1 << 12),
)
def test_a_package_that_was_tampered_with_is_read_or_refused(
    ending: str, changes: list[tuple[int, int]], length: int
) -> None:
    data = bytearray(package({"a": b"1" * 999, "b": b""}, others=OTHERS, ending=ending))
    for at, byte in changes:
        data[at % len(data)] = byte
    with NamedTemporaryFile() as file:
        file.write(data[: length or len(data)])
        file.flush()
        try:
            found = deb.open(Path(file.name))
            scan(found.plain())
        except BadImageError as error:
            assert str(error)
        else:
            assert found.fields["version"]


@pytest.mark.oracle
@pytest.mark.parametrize("compression", ["none", "gzip", "xz", "zstd"])
@pytest.mark.parametrize("uniform", ["--uniform-compression", "--no-uniform-compression"])
def test_what_dpkg_deb_builds(tmp_path: Path, compression: str, uniform: str) -> None:
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_bytes(control(Depends="libc6,\n dash (>= 1)"))
    (tree / "etc").mkdir()
    (tree / "etc/foo").write_bytes(NOISE)
    (tree / "DEBIAN/conffiles").write_text("/etc/foo\n")
    made = built(tree, compression, uniform)
    found = deb.open(made)
    said = subprocess.run(["dpkg-deb", "--fsys-tarfile", made], check=True, capture_output=True).stdout
    assert b"".join(found.plain()) == said
    shown = subprocess.run(["dpkg-deb", "--field", made], check=True, capture_output=True, text=True).stdout
    assert "".join(f"{name}: {value}\n" for name, value in found.written.items()) == shown
    assert found.conffiles == ("/etc/foo",)


@pytest.mark.oracle
@pytest.mark.parametrize("ending", COMPRESSIONS)
def test_dpkg_deb_reads_what_these_tests_make_up(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "foo.deb"
    path.write_bytes(package({"a/b": NOISE}, ending=ending))
    said = subprocess.run(["dpkg-deb", "--fsys-tarfile", path], check=True, capture_output=True).stdout
    assert [entry.path for entry in scan((said,)).entries] == ["a/b"]
