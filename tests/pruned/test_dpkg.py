"""dpkg's records of a result, as dpkg itself reads them."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs import Memory
from remains import Result, result
from shave.catalog import catalog
from shave.plan import Fate, UnitFate
from shave.pruned import pruned

FILES = {
    "program": ("usr/bin/program", "usr/lib/program/plugin", "usr/share/doc/program/README", "etc/program.conf"),
    "unused": ("usr/bin/unused", "etc/unused.conf", "usr/share/doc/unused/copyright"),
    "libboth": ("usr/lib/libboth.so.1", "usr/share/doc/libboth/copyright"),
    "meta": ("usr/share/doc/meta/copyright",),
    "meta-unused": ("usr/share/doc/meta-unused/copyright",),
    "headers": ("usr/include/headers.h", "usr/share/doc/headers/copyright"),
}
CONTROL = {
    "libboth": "Multi-Arch: same\n",
    "meta": "Depends: program\n",
    "meta-unused": "Depends: unused\n",
}


def package(directory: Path, name: str) -> Path:
    """A real .deb."""
    root = directory / name
    for path in FILES[name]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(f"{name} {path}\n")
    (root / "DEBIAN").mkdir()
    architecture = subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()
    control = f"Package: {name}\nVersion: 1:2-3\nArchitecture: {architecture}\nMaintainer: a <a@b>\nDescription: x\n"
    (root / "DEBIAN/control").write_text(control + CONTROL.get(name, ""))
    conffiles = "".join(f"/{path}\n" for path in FILES[name] if path.startswith("etc/"))
    (root / "DEBIAN/conffiles").write_text(conffiles)
    sums = subprocess.check_output(["md5sum", *(path for path in FILES[name] if path[:4] != "etc/")], cwd=root)
    (root / "DEBIAN/md5sums").write_bytes(sums)
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", root, directory], check=True, capture_output=True)
    return next(directory.glob(f"{name}_*.deb"))


@pytest.fixture(scope="module")
def slimmed(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Six packages as dpkg installs them, of which a program without its plugin and a library stay."""
    work = tmp_path_factory.mktemp("dpkg")
    database = work / "installed/var/lib/dpkg"
    (database / "info").mkdir(parents=True)
    for name in ("status", "available"):
        (database / name).touch()
    (work / "debs").mkdir()
    debs = [package(work / "debs", name) for name in FILES]
    (work / "installed/var/lib/apt").mkdir()
    states = "".join(f"Package: {name}\nArchitecture: amd64\nAuto-Installed: 1\n\n" for name in ("program", "unused"))
    (work / "installed/var/lib/apt/extended_states").write_text(states)
    divert = ["dpkg-divert", "--root", work / "installed", "--no-rename", "--package", "libboth", "--add"]
    for path in ("/usr/bin/program", "/usr/bin/nowhere"):
        subprocess.run([*divert, path], check=True, capture_output=True)
    dpkg = ["dpkg", "--root", work / "installed", "--force-all", "--log=/dev/null", "--install"]
    subprocess.run([*dpkg, *debs], check=True, capture_output=True)
    return result(work / "installed", work / "result", stays)


def stays(path: str) -> bool:
    return path.startswith(("var/lib/", "etc/", "usr/bin/program", "usr/lib/libboth", "usr/share/doc/program"))


def query(slimmed: Result, *arguments: str) -> str:
    admindir = slimmed.root / "var/lib/dpkg"
    return subprocess.check_output(["dpkg-query", "--admindir", admindir, *arguments], text=True)


@pytest.mark.root
@pytest.mark.oracle
def test_dpkg_names_what_is_left_and_we_agree(slimmed: Result) -> None:
    listed = query(slimmed, "-W", "-f", "${binary:Package} ${Version} ${Shave-Split}\n").splitlines()
    libboth = next(line for line in listed if line.startswith("libboth:"))
    assert listed == [libboth, "meta 1:2-3 1 of 1 files", "program 1:2-3 1 of 4 files"]
    assert slimmed.left == slimmed.found
    assert [f"dpkg:{line.split()[0]}" for line in listed] == [unit for unit, _ in slimmed.found]


@pytest.mark.root
@pytest.mark.oracle
def test_lists_and_sums_are_of_what_is_there(slimmed: Result) -> None:
    listed = query(slimmed, "-L", "program").splitlines()
    assert "/usr/lib/program/plugin" not in listed
    assert {"/.", "/etc/program.conf", "/usr/share/doc/program/README"} <= set(listed)
    checked = subprocess.run(["dpkg", "--root", slimmed.root, "--verify"], capture_output=True, text=True)
    assert (checked.stdout, checked.stderr) == ("", "")


@pytest.mark.root
@pytest.mark.oracle
def test_configuration_diversions_and_states_of_what_is_gone_go(slimmed: Result) -> None:
    assert "/etc/program.conf" in query(slimmed, "-W", "-f", "${Conffiles}", "program")
    admindir = slimmed.root / "var/lib/dpkg"
    diverted = subprocess.check_output(["dpkg-divert", "--admindir", admindir, "--list"], text=True)
    assert "/usr/bin/program" in diverted
    assert "/usr/bin/nowhere" not in diverted
    assert (slimmed.root / "var/lib/apt/extended_states").read_text().count("Package:") == 1


STATUS = "var/lib/dpkg/status"
LIST = "var/lib/dpkg/info/a.list"
PARAGRAPH = "Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\nDescription: x\n long\n .\n"


def record(text: str, fate: Fate, *kept: str, list_: str = "/a\n/b\n") -> str:
    """What becomes of ``status`` where package a is as ``fate`` says."""
    files = Memory({STATUS: text.encode(), LIST: list_.encode(), "a": b"", "b": b""})
    known = catalog(files)
    units = [UnitFate(each.unit, each.version, fate, 0, 0, 1, 1, 1, 0) for each in known.packages]
    return pruned(files, known, [STATUS, *kept], units).get(STATUS, text.encode()).decode()


def test_a_paragraph_keeps_its_bytes_but_for_the_mark() -> None:
    assert record(PARAGRAPH + "\n", "whole") == PARAGRAPH + "\n"
    assert record(PARAGRAPH + "\n", "split") == f"{PARAGRAPH}Shave-Split: 1 of 2 files\n\n"
    assert record(f"{PARAGRAPH}Shave-Split: 7 of 9 files\n\n", "split") == f"{PARAGRAPH}Shave-Split: 1 of 2 files\n\n"
    assert record(PARAGRAPH + "\n", "gone") == ""


def test_what_was_not_installed_stays_as_it_is() -> None:
    removed = "Package: old\nStatus: deinstall ok config-files\nVersion: 1\nArchitecture: all\n"
    assert record(f"{PARAGRAPH}\n{removed}\n", "gone") == f"{removed}\n"


def test_conffiles_of_what_is_gone_go() -> None:
    conffiles = f"Conffiles:\n /a {'0' * 32}\n /b {'0' * 32} obsolete\n /c newconffile\n odd\n"
    assert record(PARAGRAPH + conffiles, "whole", "b") == (f"{PARAGRAPH}Conffiles:\n /b {'0' * 32} obsolete\n odd\n")
    assert record(f"{PARAGRAPH}Conffiles:\n /a {'0' * 32}\n", "whole") == PARAGRAPH


@given(st.one_of(st.binary(), st.text(" :\n/aPackageStatusinstalled.").map(str.encode)))
def test_any_bytes_give_records(data: bytes) -> None:
    paths = ("status", "diversions", "status.d/x", "info/x.list", "info/x.md5sums", "info/format")
    places = [*(f"var/lib/dpkg/{path}" for path in paths), "var/lib/apt/extended_states"]
    files = Memory(dict.fromkeys(places, data))
    known = catalog(files)
    units = [UnitFate(each.unit, each.version, "gone", 0, 0, 0, 0, 0, 0) for each in known.packages]
    assert set(pruned(files, known, places, units)) <= set(places)
