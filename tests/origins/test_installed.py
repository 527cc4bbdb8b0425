"""dpkg's records of an image, read by dpkg itself and by our catalogue."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from shave.catalog import catalog
from shave.origins.installed import Controls, records
from shave.stage import Made, Stage, made
from shave.tree import Entry

LAST = {"Maintainer": "A <a@b>", "Description": "first\n more"}
ONE = {"Package": "one", "Version": "1.0-1", "Architecture": "amd64", "Multi-Arch": "same", **LAST}
TWO = {"Package": "two", "Version": "2:2~rc1", "Architecture": "all", "Depends": "one (>= 1)", **LAST}
DPKG = {"Package": "dpkg", "Version": "1.21", "Architecture": "amd64", **LAST}
DIGEST = hashlib.md5(b"x\n").hexdigest()
CONFFILES = {"dpkg:one:amd64": ("etc/one.conf", "etc/absent.conf")}
CONTROLS = {"dpkg:one:amd64": ONE, "dpkg:two": TWO}


def file(path: str, body: bytes = b"x\n") -> Made:
    return Entry(path, "file", size=len(body)), body


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    link = Entry("usr/lib/libone.so", "symlink", link="libone.so.1"), b""
    empty = Entry("var/log/one", "directory", 0o755), b""
    one = made(
        "dpkg:one:amd64", "system", (file("usr/lib/libone.so.1"), link, file("etc/one.conf"), empty), tmp_path / "1"
    )
    two = made("dpkg:two", "system", (file("usr/bin/two"), file("usr/bin/gone")), tmp_path / "2")
    script = made("dpkg:one:amd64", "system", (file("etc/one.cache"),), tmp_path / "3")
    over = made("copy:.", "application", (file("usr/bin/gone", b"mine"), file("srv/app")), tmp_path / "4")
    return Stage((one, two, script, over))


def laid(stage: Stage, controls: Controls, place: Path) -> Stage:
    return stage.over(made("spec:records", "system", records(stage, controls, CONFFILES, 0), place))


def test_our_catalogue_finds_each_file_its_package(stage: Stage, tmp_path: Path) -> None:
    found = catalog(laid(stage, CONTROLS, tmp_path / "records"))
    assert found.unread == ()
    assert {package.unit: package.version for package in found.packages} == {
        "dpkg:one:amd64": "1.0-1",
        "dpkg:two": "2:2~rc1",
    }
    one, two = (set(package.paths) for package in sorted(found.packages, key=lambda package: package.unit))
    assert {"usr/lib/libone.so.1", "usr/lib/libone.so", "etc/one.conf", "etc/one.cache", "var/log/one"} < one
    assert {f"var/lib/dpkg/{name}" for name in ("status.d/one", "status.d/one.md5sums", "info/one.list")} < one
    assert "usr/bin/two" in two and "usr/bin/gone" not in two


def test_what_scripts_make_has_no_digest_and_configuration_has_its_own_place(stage: Stage, tmp_path: Path) -> None:
    made = laid(stage, CONTROLS, tmp_path / "records")
    sums = made.read("var/lib/dpkg/status.d/one.md5sums").decode()
    assert [line[34:] for line in sums.splitlines()] == ["usr/lib/libone.so.1"]
    record = made.read("var/lib/dpkg/status.d/one").decode()
    assert record.endswith(f"\nConffiles:\n /etc/one.conf {DIGEST}\n")


@pytest.mark.oracle
def test_dpkg_reads_status_d_as_a_status(stage: Stage, tmp_path: Path) -> None:
    admin = extracted(laid(stage, CONTROLS, tmp_path / "records"), tmp_path / "root") / "var/lib/dpkg"
    names = sorted(path for path in (admin / "status.d").iterdir() if path.suffix != ".md5sums")
    (admin / "status").write_text("\n".join(path.read_text() for path in names))
    assert query(admin, "-W") == "one:amd64\t1.0-1\ntwo\t2:2~rc1\n"
    assert "/usr/lib/libone.so\n" in query(admin, "-L", "one")


@pytest.mark.oracle
def test_where_dpkg_is_its_own_database_is_too(stage: Stage, tmp_path: Path) -> None:
    controls = {"dpkg:dpkg": DPKG, **CONTROLS}
    root = extracted(laid(stage, controls, tmp_path / "records"), tmp_path / "root")
    admin = root / "var/lib/dpkg"
    assert query(admin, "-W") == "dpkg\t1.21\none:amd64\t1.0-1\ntwo\t2:2~rc1\n"
    verified = subprocess.run(
        ["dpkg", f"--root={root}", f"--admindir={admin}", "--verify"], capture_output=True, text=True, check=False
    )
    assert verified.stdout == ""
    (root / "etc/one.conf").write_text("mine")
    verified = subprocess.run(
        ["dpkg", f"--root={root}", f"--admindir={admin}", "--verify"], capture_output=True, text=True, check=False
    )
    assert verified.stdout == "??5?????? c /etc/one.conf\n"
    assert not (admin / "status.d").exists()


def query(admin: Path, *arguments: str) -> str:
    return subprocess.check_output(["dpkg-query", f"--admindir={admin}", *arguments], text=True)


def extracted(stage: Stage, root: Path) -> Path:
    for path, node in stage.tree.nodes.items():
        place = root / path
        if node.entry.kind == "directory":
            place.mkdir(exist_ok=True)
        elif node.entry.kind == "symlink":
            place.symlink_to(node.entry.link)
        else:
            place.write_bytes(stage.read(path))
    return root


def test_an_image_with_nothing_has_no_records() -> None:
    assert not list(records(Stage(), {}, {}, 0))
