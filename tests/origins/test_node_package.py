"""Tarballs of npm packages, made up and hostile."""

import json
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from modules import tarball
from shave.allowance import Allowance
from shave.errors import BadImageError, CannotError
from shave.lock import LockedModule
from shave.origins.node_package import Command, NodePackage, mended, opened


def package(directory: Path, data: bytes) -> NodePackage:
    (directory / "x.tgz").write_bytes(data)
    module = LockedModule("node_modules/x", "x", "1.0.0", "", "")
    return opened(module, directory / "x.tgz", directory / "x.tar", Allowance(len(data)))


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    written = BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as tar:
        for member, body in members:
            member.size = len(body)
            tar.addfile(member, BytesIO(body))
    return written.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, link
    return found


def test_the_directory_that_all_is_in_has_any_name(tmp_path: Path) -> None:
    found = package(tmp_path, tarball({"a/b": b"1"}, {"name": "y"}, top="x-1.0.0"))
    assert (set(found.files), found.name) == ({"package.json", "a/b"}, "y")
    assert found.read("a/b") == b"1"


def test_files_alone_are_unpacked_and_of_two_the_last(tmp_path: Path) -> None:
    found = package(
        tmp_path,
        archive(
            (member("package", tarfile.DIRTYPE), b""),
            (member("package/a"), b"1"),
            (member("package/link", tarfile.SYMTYPE, "/etc/passwd"), b""),
            (member("package/hard", tarfile.LNKTYPE, "package/a"), b""),
            (member("package/null", tarfile.CHRTYPE), b""),
            (member("alone"), b"2"),
            (member("package/a"), b"3"),
        ),
    )
    assert set(found.files) == {"a"}
    assert (found.read("a"), found.name, found.commands) == (b"3", "x", ())


@pytest.mark.parametrize(
    ("manifest", "commands"),
    [
        ({"name": "x", "bin": "./a.js"}, {"x": "a.js"}),
        ({"name": "@s/x", "bin": "a.js"}, {"x": "a.js"}),
        ({"name": "x", "bin": {"../../y": "/a.js", "c:\\z": "..\\..\\a.js"}}, {"y": "a.js", "z": "a.js"}),
        ({"name": "x", "bin": {"y": "none.js", "": "a.js", "z": 5}}, {}),
        ({"name": "x", "bin": ["a.js", 5]}, {"a.js": "a.js"}),
        ({"bin": "a.js"}, {}),
        ({"name": 5, "bin": 5}, {}),
        ({"name": "x", "directories": {"bin": "../bin/"}}, {"b": "bin/b"}),
        ({"name": "x", "directories": {"bin": 5}}, {}),
        ({"name": "x", "directories": 5}, {}),
    ],
)
def test_commands(manifest: dict[str, Any], commands: dict[str, str], tmp_path: Path) -> None:
    found = package(tmp_path, tarball({"a.js": b"", "bin/b": b"", "bin/.c": b""}, manifest))
    assert found.commands == tuple(Command(name, "", path) for name, path in commands.items())


def test_commands_of_bundled_packages_and_of_no_others(tmp_path: Path) -> None:
    inner = json.dumps({"name": "i", "bin": "i.js"}).encode()
    places = ("node_modules/i", "node_modules/@s/j/node_modules/i", "test/node_modules/i")
    files = {f"{place}/{name}": body for place in places for name, body in (("package.json", inner), ("i.js", b""))}
    found = package(tmp_path, tarball(files, {"name": "x"}))
    assert found.commands == tuple(Command("i", f"{place}/", f"{place}/i.js") for place in places[:2])


@pytest.mark.parametrize("text", [b"", b"[]", b"\xff", b"{" * 100_000])
def test_a_manifest_that_is_none_says_nothing(text: bytes, tmp_path: Path) -> None:
    found = package(tmp_path, tarball({"package.json": text}))
    assert (found.name, found.commands) == ("x", ())


def test_a_manifest_with_a_byte_order_mark(tmp_path: Path) -> None:
    assert package(tmp_path, tarball({"package.json": b'\xef\xbb\xbf{"name":"y"}'})).name == "y"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no gzip",
        tarball({"a": b"1" * 4000})[:-20],
        archive((member("package/../../x"), b"")),
        archive((member("package/a"), b""), (member("package/a/b"), b"")),
        archive((member("package/.wh.a"), b"")),
        archive((member("package/.wh..wh..opq"), b"")),
    ],
    ids=["nothing", "no gzip", "cut off", "outside", "file and directory", "whiteout", "opaque"],
)
def test_what_cannot_be_in_an_image_is_refused(data: bytes, tmp_path: Path) -> None:
    if data:
        with pytest.raises(BadImageError, match=r"the npm package x 1\.0\.0 is broken: "):
            package(tmp_path, data)
    else:
        assert package(tmp_path, data).files == {}


def test_a_full_disk(tmp_path: Path) -> None:
    (tmp_path / "x.tgz").write_bytes(tarball({"a": bytes(200_000)}))
    module = LockedModule("node_modules/x", "x", "1.0.0", "", "")
    with pytest.raises(CannotError, match=r"the npm package x 1\.0\.0 cannot be unpacked: No space left on device"):
        opened(module, tmp_path / "x.tgz", Path("/dev/full"), Allowance(1))


def test_first_lines_as_linux_understands_them() -> None:
    assert mended(b"#!/usr/bin/env node\r\na\r\n") == b"#!/usr/bin/env node\na\r\n"
    for body in (b"#!/bin/sh\n\r\n", b"a\r\n#!x\r\n", b"", b"#!\r\n"):
        assert mended(body) == body
