"""From a spec to a lock, with apt, from archives made for the tests and from Debian's own."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from debian_archives import Repository, keys, repository, served
from shave import cache
from shave.apt.archives import machine_suite
from shave.errors import CannotError, UsageError
from shave.events import silent
from shave.lock import Lock
from shave.spec import Spec
from shave.verbs.resolve import resolve


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    with keys("owner") as (key,):
        yield repository(tmp_path_factory.mktemp("archive") / "a", key)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a cache"))
    return tmp_path / "a cache"


def locked(made: Repository, *packages: str, **changes: object) -> Lock:
    spec = Spec(archives=(made.archive(),), architecture="amd64", packages=packages, **changes)  # type: ignore[arg-type]
    return resolve(spec, "0" * 64, silent)


def names(lock: Lock) -> list[str]:
    return [package.name for package in lock.packages]


def refused(made: Repository, *packages: str) -> tuple[str, str]:
    with pytest.raises(CannotError) as raised:
        locked(made, *packages)
    assert "\n" not in str(raised.value)
    return str(raised.value), raised.value.hint


@pytest.mark.oracle
def test_what_is_asked_for_and_what_it_needs(made: Repository) -> None:
    lock = locked(made, "app")
    assert [(each.name, each.version, each.asked) for each in lock.packages] == [
        ("app", "1.0", True),
        ("lib", "2.0", False),
    ]
    app = made.root / "pool/app_1.0_all.deb"
    assert (lock.packages[0].url, lock.packages[0].packed_bytes) == (app.as_uri(), app.stat().st_size)
    assert lock.packages[0].sha256 == subprocess.check_output(["sha256sum", app], text=True).split()[0]
    assert [(each.name, each.wanted_by) for each in lock.left_out] == [("debconf", "app"), ("perl-base", "debconf")]
    assert (lock.suite, lock.architecture, lock.archives[0].signer) == ("test", "amd64", made.key.fingerprint)


@pytest.mark.oracle
def test_the_same_again_from_what_is_kept(made: Repository, home: Path) -> None:
    first = locked(made, "app")
    kept = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file() and path.name != "lock"}
    assert locked(made, "app") == first
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("asked", "version"),
    [
        ("lib", "2.0"),
        ("lib=1.0", "1.0"),
        ("lib/test", "2.0"),
        ("absent | lib=1.0", "1.0"),
        ("absent|lib", "2.0"),
        ("single", "2.0"),
    ],
)
def test_versions_suites_alternatives(made: Repository, asked: str, version: str) -> None:
    lock = locked(made, asked)
    assert [(each.name, each.version, each.asked) for each in lock.packages] == [("lib", version, True)]


@pytest.mark.oracle
def test_asked_for_by_name_an_installer_comes(made: Repository) -> None:
    assert names(locked(made, "app", "debconf")) == ["app", "debconf", "lib", "perl-base"]


@pytest.mark.oracle
def test_without(made: Repository) -> None:
    lock = locked(made, "app", "debconf", without=("lib", "debconf"))
    assert names(lock) == ["app"]
    assert ("lib", "app", "the spec leaves it out") in [(e.name, e.wanted_by, e.why) for e in lock.left_out]


@pytest.mark.oracle
def test_names_that_an_address_must_escape(made: Repository) -> None:
    package = locked(made, "plus+plus").packages[0]
    assert package.version == "1:2.0+b1~x"
    assert package.url.endswith("/pool/plus%2Bplus_2.0%2Bb1~x_all.deb")


def test_no_packages_need_no_archive() -> None:
    assert resolve(Spec(suite="trixie", architecture="arm64"), "1", silent) == Lock("1", "trixie", "arm64")


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("asked", "sentence", "hint"),
    [
        ("lub", "lub is no package of test", "is lib meant?"),
        ("qq | rr", "qq | rr is no package of test", "packages.debian.org"),
        ("lib=3", "lib has no version 3 here", "there is 1.0, 2.0"),
        ("awk", "awk is no package itself: 2 of test provide it", "name one of gawk, mawk"),
        ("broken", "broken depends on absent (>= 2), which is not available", ""),
        ("demanding", "demanding depends on lib (>= 9), which ", ""),
        ("lib/other", "apt cannot resolve the packages: Release 'other' for 'lib' was not found", "[[archive]]"),
    ],
)
def test_what_cannot_be(made: Repository, asked: str, sentence: str, hint: str) -> None:
    said, why = refused(made, asked)
    assert sentence in said
    assert hint in why


@pytest.mark.oracle
def test_packages_that_conflict(made: Repository) -> None:
    assert "cold conflicts with warm" in refused(made, "warm", "cold")[0]


@pytest.mark.parametrize("asked", ["UPPER", "--option", "a b", "lib=1 2", "lib/..//", "-o", "lib="])
def test_what_names_no_package(made: Repository, asked: str) -> None:
    with pytest.raises(UsageError, match="names no package"):
        locked(made, asked)


def test_suites_and_components_that_are_none(made: Repository) -> None:
    for changes in ({"suite": "a\nb"}, {"suite": "../.."}, {"components": ("main ../..",)}):
        spec = Spec(archives=(made.archive(**changes),), architecture="amd64", packages=("lib",))
        with pytest.raises(UsageError, match=r"is no (suite|component)"):
            resolve(spec, "0", silent)


@pytest.mark.oracle
@pytest.mark.parametrize("missing", ["apt-get", "gpgv"])
def test_a_tool_that_is_missing(
    made: Repository, missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tool in {"apt-get", "gpgv"} - {missing}:
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / tool).symlink_to(f"/usr/bin/{tool}")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert f"{missing} is not installed" in refused(made, "lib")[0]


@pytest.mark.oracle
def test_a_home_that_cannot_be_written(made: Repository, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.write_text("no directory")
    assert names(locked(made, "lib")) == ["lib"]


@pytest.mark.oracle
def test_the_root_is_nobody_elses(made: Repository) -> None:
    locked(made, "lib")
    root = next(cache.directory(cache.LISTS).iterdir())
    assert stat.S_IMODE(root.stat().st_mode) == 0o700


@pytest.mark.oracle
def test_the_machines_own_configuration_is_not_read(
    made: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "conf").write_text('APT::Architecture "none"; Dir::Etc::SourceList "/dev/null";')
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "conf"))
    assert names(locked(made, "lib")) == ["lib"]


_INTERRUPTED = """
import sys
from shave.events import silent
from shave.spec import Archive, Spec
from shave.verbs.resolve import resolve
spec = Spec(archives=(Archive(sys.argv[1], "test", keyring=sys.argv[2]),), architecture="amd64", packages=("lib",))
resolve(spec, "0", silent)
"""


@pytest.mark.oracle
def test_whoever_is_interrupted_leaves_a_root_that_serves(made: Repository) -> None:
    with served(made.root) as server:
        server.going.clear()
        words = [sys.executable, "-c", _INTERRUPTED, server.uri, str(made.key.public)]
        process = subprocess.Popen(words, stderr=subprocess.PIPE, start_new_session=True)
        while not server.asked:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert b"KeyboardInterrupt" in errors
        server.going.set()
        spec = Spec(archives=(made.archive(server.uri),), architecture="amd64", packages=("lib",))
        assert names(resolve(spec, "0", silent)) == ["lib"]


@pytest.mark.network
@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_debians_own_archives(suite: str, architecture: str) -> None:
    if machine_suite() not in ("bookworm", "trixie"):
        suite = machine_suite()
    spec = Spec(suite=suite, architecture=architecture, packages=("base-files", "ca-certificates", "tzdata", "python3"))
    lock = resolve(spec, "0", silent)
    assert {"base-files", "ca-certificates", "libc6", "python3-minimal"} <= set(names(lock))
    assert not {"dpkg", "debconf", "openssl", "perl-base", "mawk"} & set(names(lock))
    assert {each.architecture for each in lock.packages} == {architecture, "all"}


@pytest.mark.root
@pytest.mark.oracle
@pytest.mark.parametrize("kilobytes", range(4, 60, 8))
def test_a_full_disk(made: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kilobytes: int) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", small], check=True)
    try:
        monkeypatch.setenv("XDG_CACHE_HOME", str(small))
        said, hint = refused(made, "lib")
        assert "No space left on device" in said
        assert "disk" in hint
    finally:
        subprocess.run(["umount", small], check=True)
