"""Locks on disk: what was written is read, and nothing else is."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shave import lock_file
from shave.errors import CannotError
from shave.lock import LeftOut, Lock, LockedArchive, LockedModule, LockedPackage, LockedWheel
from shave.spec import Archive, Copy, NodePackages, PythonPackages, Spec

SPEC = Spec(suite="trixie", packages=("libc6",))
LOCK = Lock(
    lock_file.digest(SPEC),
    "trixie",
    "amd64",
    (LockedArchive("http://x", "trixie", "trixie", "2026-11-21T00:00:00Z", "a" * 64, "F" * 40),),
    (LockedPackage("libc6", "2.41", "amd64", "b" * 64, 7, "http://x/libc6.deb", 0, True),),
    (LeftOut("debconf", "libc6", "asks"),),
    (LockedWheel("flask", "3", "flask-3.whl", "c" * 64, "https://x/flask.whl"),),
    (LockedModule("node_modules/express", "express", "5", "https://x/express.tgz", "sha512-x"),),
)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    place = lock_file.place(tmp_path / "app.toml")
    assert place.name == "app.toml.lock"
    lock_file.write(LOCK, place)
    assert lock_file.read(place, LOCK.spec) == LOCK
    assert [path.name for path in tmp_path.iterdir()] == ["app.toml.lock"]
    text = place.read_text()
    assert text.startswith('{\n "schema": "shave.lock/v1",\n')
    lock_file.write(LOCK, place)
    assert place.read_text() == text


@pytest.mark.parametrize(
    "change",
    [
        {"suite": "bookworm"},
        {"architecture": "arm64"},
        {"packages": ("libc6", "zlib1g")},
        {"without": ("debconf",)},
        {"archives": (Archive("http://x", "trixie"),)},
        {"archives": (Archive("http://x", "trixie", signers=("F" * 40,)),)},
        {"python": PythonPackages(packages=("flask",))},
        {"node": NodePackages()},
        {"copies": (Copy(image="oci:app:1", paths=("/",)),)},
    ],
)
def test_what_decides(change: dict[str, Any]) -> None:
    assert lock_file.digest(msgspec.structs.replace(SPEC, **change)) != LOCK.spec


def test_what_does_not_decide() -> None:
    assert lock_file.digest(msgspec.structs.replace(SPEC, exclude=("/usr/games",), base="cc")) == LOCK.spec
    archives = [Archive("http://x/", "trixie", keyring=keyring) for keyring in ("", "/a.gpg")]
    assert len({lock_file.digest(Spec(archives=(each,))) for each in archives}) == 1


def test_files_that_it_names_decide_too() -> None:
    digests = {lock_file.digest(SPEC, *contents) for contents in ((), (b"",), (b"a",), (b"a", b"b"), (b"ab",))}
    assert len(digests) == 5


def refused(place: Path, spec: str = LOCK.spec) -> str:
    with pytest.raises(CannotError) as raised:
        lock_file.read(place, spec)
    assert "--lock" in raised.value.hint
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_of_another_spec(tmp_path: Path) -> None:
    place = tmp_path / "app.lock"
    lock_file.write(LOCK, place)
    assert refused(place, "0" * 64) == f"{place} is not of this spec: that has changed since"


def test_none(tmp_path: Path) -> None:
    assert refused(tmp_path / "gone").endswith("cannot be read: No such file or directory")
    assert refused(tmp_path).endswith("cannot be read: Is a directory")


def spoilt(**changes: Any) -> bytes:
    document = json.loads(msgspec.json.encode(LOCK)) | {"schema": "shave.lock/v1"}
    document["packages"][0] |= changes
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"garbage",
        b"[]",
        b"{}",
        b'{"schema": "shave.lock/v2"}',
        b'{"schema": "shave.lock/v1"}',
        b"[" * 100_000,
        b"\xff",
        spoilt(sha256="../../x"),
        spoilt(sha256=""),
        spoilt(packed_bytes=-1),
        spoilt(archive=1),
        spoilt(archive=-1),
        spoilt(name=7),
    ],
)
def test_garbage(tmp_path: Path, data: bytes) -> None:
    place = tmp_path / "app.lock"
    place.write_bytes(data)
    assert f"{place} is no lock that can be read: " in refused(place)


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CannotError, match="cannot be written: No such file"):
        lock_file.write(LOCK, tmp_path / "gone/app.lock")


@pytest.mark.parametrize(
    "change",
    [
        {"architecture": "vax"},
        {"modules": (LockedModule("node_modules/../../etc", "x", "1", "https://x/x.tgz", "sha512-x"),)},
        {"modules": (LockedModule("node_modules/.wh.express", "x", "1", "https://x/x.tgz", "sha512-x"),)},
        {"modules": (LockedModule("etc/x", "x", "1", "https://x/x.tgz", "sha512-x"),)},
    ],
)
def test_what_no_lock_says(tmp_path: Path, change: dict[str, Any]) -> None:
    place = tmp_path / "app.lock"
    lock_file.write(msgspec.structs.replace(LOCK, **change), place)
    assert "is no lock that can be read" in refused(place)
