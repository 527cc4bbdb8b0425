"""``shave build`` where something is wrong: a sentence, a hint, the exit code, and nothing written or left behind."""

import json
import lzma
import os
import shutil
import socket
from collections.abc import Callable
from math import inf
from pathlib import Path

import pytest

from debian_archives import Key, Repository, date, served
from modules import integrity, tarball
from sites import Site
from wheels import saved, wheel

pytestmark = pytest.mark.oracle


def changed(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))


def altered_list(repository: Repository) -> None:
    folder = repository.dist / "main/binary-amd64"
    data = (folder / "Packages").read_bytes().replace(b"Package: lib", b"Package: lid")
    (folder / "Packages").write_bytes(data)
    (folder / "Packages.xz").write_bytes(lzma.compress(data))


def other_list(repository: Repository) -> None:
    """Not even packed."""
    (repository.dist / "main/binary-amd64/Packages.xz").write_bytes(b"nothing")


def signed_twice(repository: Repository) -> None:
    path = repository.dist / "InRelease"
    path.write_bytes(path.read_bytes() + b"Origin: others\n")


SPOILT: dict[str, tuple[Callable[[Repository], object], str]] = {
    "tampered InRelease": (
        lambda it: changed(it.dist / "InRelease", b"Origin: Test", b"Origin: Fake"), "it was altered",
    ),
    "words after the signature": (signed_twice, "it does not end with its signature"),
    "tampered Packages": (altered_list, "main/binary-amd64/Packages.xz is not what the signed InRelease says"),
    "garbage for Packages": (other_list, "main/binary-amd64/Packages.xz is not what the signed InRelease says"),
    "Packages that is gone": (
        lambda it: (it.dist / "main/binary-amd64/Packages.xz").unlink(), "a list of packages cannot be read",
    ),
    "tampered deb": (
        lambda it: changed(it.root / "pool/lib_1.0_all.deb", b"lib_1.0", b"lib_6.6"), "lib is not what it must be",
    ),
    "cut deb": (
        lambda it: os.truncate(it.root / "pool/lib_1.0_all.deb", 100), "lib is not what it must be",
    ),
    "deb that is gone": (lambda it: (it.root / "pool/lib_1.0_all.deb").unlink(), "lib cannot be read"),
    "expired Release": (lambda it: it.release(**{"Valid-Until": date(days=-1)}), "expired"),
    "Release from the future": (lambda it: it.release(Date=date(days=3)), "future"),
    "other suite": (lambda it: it.release(Suite="else", Codename="else"), "InRelease is of else"),
    "unsigned archive": (lambda it: it.release(sign=False), "is not signed"),
    "no archive": (lambda it: shutil.rmtree(it.root / "dists"), "an archive cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "message"), SPOILT.values(), ids=SPOILT.keys())
def test_a_spoilt_archive(site: Site, spoil: Callable[[Repository], object], message: str) -> None:
    spoil(site.repository)
    assert message in site.refused("--lock")


def test_a_package_altered_with_the_lists_that_name_it(site: Site) -> None:
    """Who has the mirror but not the key: only the signature tells."""
    changed(site.repository.root / "pool/lib_1.0_all.deb", b"lib_1.0", b"lib_6.6")
    site.repository.index()
    site.repository.release(sign=False)
    assert "is not signed" in site.refused("--lock")


def test_signed_by_somebody_else(site: Site, owners: tuple[Key, ...]) -> None:
    site.spec("app", keyring=str(owners[1].public))
    assert "signed by a key that is not among those believed" in site.refused("--lock")


WANTED = {
    "missing package": (("nonesuch",), "nonesuch is no package of test"),
    "missing version": (("lib=3",), "lib has no version 3 here"),
    "impossible dependency": (("demanding",), "demanding depends on lib (>= 9)"),
    "file conflict": (("lib", "rival"), "/usr/share/lib"),
}


@pytest.mark.parametrize(("packages", "message"), WANTED.values(), ids=WANTED.keys())
def test_packages_that_cannot_be(site: Site, packages: tuple[str, ...], message: str) -> None:
    site.spec(*packages)
    assert message in site.refused("--lock")


def test_a_deb_tampered_with_in_the_cache_is_fetched_again(site: Site) -> None:
    first = site.built("--lock")
    for path in (site.here.parent / "xdg_cache_home/shave/files").rglob("*"):
        if path.is_file():
            path.write_bytes(b"\0" * path.stat().st_size)
    assert site.built("--locked")["digest"] == first["digest"]
    shutil.rmtree(site.here / "out")
    for path in (site.here.parent / "xdg_cache_home/shave/files").rglob("*"):
        if path.is_file():
            path.write_bytes(b"")
    shutil.rmtree(site.repository.root)
    assert "cannot be read" in site.refused("--locked")


def test_a_mirror_that_refuses(site: Site) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        site.spec("app", uri=f"http://127.0.0.1:{held.getsockname()[1]}")
        assert "an archive cannot be read: 127.0.0.1" in site.refused("--lock")


def test_a_mirror_without_the_archive(site: Site) -> None:
    with served(site.here) as server:
        site.spec("app", uri=server.uri)
        assert "InRelease answers 404 Not Found" in site.refused("--lock")


def test_a_mirror_without_the_package(site: Site) -> None:
    shutil.rmtree(site.repository.root / "pool")
    with served(site.repository.root) as server:
        site.spec("app", uri=server.uri)
        assert "answers 404 Not Found" in site.refused("--lock")


def test_a_mirror_that_dies_in_the_middle(site: Site) -> None:
    """What broke off goes on from there; where nothing comes any more the mirror is lost."""
    site.spec("lib")
    with served(site.repository.root) as server:
        site.spec("lib", uri=server.uri)
        server.breaks = 3
        first = site.built("--lock")
        shutil.rmtree(site.here.parent / "xdg_cache_home")
        shutil.rmtree(site.here / "out")
        server.breaks = server.alive = 1
        assert "lib cannot be fetched: 127.0.0.1" in site.refused("--locked")
        server.alive = inf
        assert site.built("--locked")["digest"] == first["digest"]


@pytest.mark.parametrize("missing", ["apt-get", "gpgv"])
def test_a_tool_that_is_not_installed(site: Site, missing: str, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in {"apt-get", "gpgv", "dpkg"} - {missing}:
        (programs / name).symlink_to(shutil.which(name) or name)
    assert f"{missing} is not installed" in site.refused("--lock", PATH=str(programs))


GARBAGE = {
    "nothing": b"",
    "no JSON": b"\x7fELF",
    "deep": b"[" * 100_000,
    "no lock": b'{"schema": "shave.plan/v1"}',
    "of later days": b'{"schema": "shave.lock/v9"}',
    "half": b'{"schema": "shave.lock/v1", "spec": "abc", "suite": "te',
}


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE.keys())
def test_a_lock_that_is_garbage(site: Site, data: bytes) -> None:
    site.lock.write_bytes(data)
    assert "spec.toml.lock is no lock that can be read" in site.refused("--locked")


def test_locks_are_of_their_spec_and_cannot_lead_elsewhere(site: Site) -> None:
    site.locked()
    site.spec("lib")
    assert "spec.toml.lock is not of this spec" in site.refused("--locked")
    site.spec("app")
    lock = json.loads(site.lock.read_bytes())
    for field, value in {"sha256": "../../x", "packed_bytes": -1, "archive": 7}.items():
        packages = [{**each, field: value} for each in lock["packages"]]
        site.lock.write_text(json.dumps({**lock, "packages": packages}))
        assert "spec.toml.lock is no lock that can be read" in site.refused("--locked")


def test_locked_and_the_mirror_lost(site: Site) -> None:
    """It works with all at hand; without, a sentence names the package."""
    first = site.built("--lock")
    shutil.rmtree(site.repository.root)
    shutil.rmtree(site.here / "out")
    assert site.built("--locked", PATH="/nonexistent")["digest"] == first["digest"]
    shutil.rmtree(site.here / "out")
    shutil.rmtree(site.here.parent / "xdg_cache_home")
    assert " cannot be read: No such file" in site.refused("--locked")  # whichever was first


def test_mistakes_are_of_usage(site: Site) -> None:
    site.spec("App!")
    assert "is no Debian package" in site.refused("--lock", code=2)
    site.spec("app", keyring="absent.asc")
    assert "absent.asc" in site.refused("--lock", code=2)


PYTHON = {
    "unknown": ("nonesuch", "there is no wheel of nonesuch for Python 3.11 with glibc 2.36 on amd64"),
    "sdist only": ("source", "there is no wheel of source for Python 3.11 with glibc 2.36 on amd64"),
    "not for this Python": ("newer", "there is no wheel of newer for Python 3.11 with glibc 2.36 on amd64"),
    "broken": ("broken", "the wheel broken-1.0-py3-none-any.whl is broken"),
}


@pytest.mark.parametrize(("name", "message"), PYTHON.values(), ids=PYTHON.keys())
def test_wheels_that_cannot_be(site: Site, name: str, message: str, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    (shelf / "source-1.0.tar.gz").write_bytes(b"")
    newer = saved(shelf, wheel("newer"), "newer", "1.0")
    newer.rename(shelf / "newer-1.0-cp399-cp399-manylinux_2_17_x86_64.whl")
    saved(shelf, wheel("broken", {"broken.py": b""}, record={"broken.py": "sha256=AAAA"}), "broken", "1.0")
    site.python()
    site.spec("python3", more=f'[python]\npackages = ["{name}"]')
    assert message in site.refused("--lock")


def test_a_module_that_is_another(site: Site) -> None:
    (site.here / "left.tgz").write_bytes(tarball({}, {"name": "left", "version": "1.0.0"}))
    entry = {"version": "1.0.0", "resolved": "file:left.tgz", "integrity": integrity(b"what it was")}
    packages = {"": {}, "node_modules/left": entry}
    (site.here / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "packages": packages}))
    site.spec("lib", more="[node]")
    assert "left 1.0.0 is not what it must be" in site.refused("--lock")
