"""What the bases of specs name is in Debian's archives, in every suite that is promised."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

from shave import downloads
from shave.events import silent
from shave.lock import Lock
from shave.spec import BASES, NewSymlink, Spec
from shave.spec_file import load, names
from shave.verbs.resolve import resolve

pytestmark = pytest.mark.network
SUITES = ("bookworm", "trixie")


def preset(base: str, directory: Path) -> Spec:
    path = directory / "spec.toml"
    path.write_text(f'base = "{base}"\n')
    return load(path)


@cache
def everything(suite: str, words: tuple[str, ...]) -> Lock:
    return resolve(Spec(suite, "amd64", packages=words), "", silent)


def locked(suite: str, directory: Path) -> Lock:
    words = dict.fromkeys(word for base in BASES for word in preset(base, directory).packages)
    return everything(suite, tuple(words))


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("base", BASES)
def test_each_package_is_there(base: str, suite: str, tmp_path: Path) -> None:
    asked = {package.name for package in locked(suite, tmp_path).packages if package.asked}
    assert [word for word in preset(base, tmp_path).packages if not asked & set(names(word))] == []


def applets(suite: str, directory: Path) -> set[str]:
    """Where the suite's busybox says that its applets go."""
    (package,) = (each for each in locked(suite, directory).packages if each.name == "busybox-static")
    wanted = downloads.Wanted(package.name, package.url, package.sha256, package.packed_bytes)
    (file,) = downloads.fetch([wanted], directory, silent).values()
    subprocess.run(["dpkg-deb", "--extract", file, directory / suite], check=True)
    (program,) = directory.glob(f"{suite}/**/bin/busybox")
    listed = subprocess.run([program, "--list-full"], capture_output=True, text=True, check=True).stdout.split()
    return {path if path.startswith("usr/") else f"usr/{path}" for path in listed} - {"usr/linuxrc", "usr/bin/busybox"}


def test_applets_of_every_busybox(tmp_path: Path) -> None:
    common = set.intersection(*(applets(suite, tmp_path) for suite in SUITES))
    expected = {
        NewSymlink(f"/{path}", "busybox" if path.startswith("usr/bin/") else "../bin/busybox", yields=True)
        for path in common
    }
    assert set(preset("busybox", tmp_path).symlinks) == expected
