"""Wheels on the stage, beside what pip installs of the same."""

import csv
import hashlib
import io
import json
import stat
import subprocess
import sys
import tarfile
from pathlib import Path
from posixpath import normpath

import pytest

from shave import downloads, pip
from shave.allowance import BOUND
from shave.catalog import python as catalog
from shave.context import located
from shave.errors import BadImageError, CannotError
from shave.events import silent
from shave.lock import LockedWheel
from shave.origins import python
from shave.origins.language import Installed
from shave.package import Package
from shave.pip import Target
from shave.spec import PythonPackages, Spec
from shave.stage import Stage, made
from shave.tree import Entry, Tree
from wheels import Body, digest, locked, saved, wheel

HERE = Target(".".join(map(str, sys.version_info[:3])), "2.36", "amd64")
LIBRARY = f"usr/local/lib/python{HERE.series}/dist-packages"
HEADERS = f"usr/local/include/python{HERE.series}"
EVERYTHING, NOTHING = Spec(), Tree({})
FILES: dict[str, Body] = {
    "foo/__init__.py": b"def main():\n    print('run')\n",
    "foo/tests/test_x.py": b"",
    "foo/helper": (b"#!/bin/sh\n", stat.S_IFREG | 0o750),
    'foo/data ünï,"x".txt': b"1",
    "foo-1.0.data/purelib/foo_pure.py": b"2",
    "foo-1.0.data/platlib/_foo.abi3.so": b"3",
    "foo-1.0.data/data/share/foo/x": b"4",
    "foo-1.0.data/headers/foo.h": b"5",
    "foo-1.0.data/scripts/tool": (b"#!python\nimport foo; foo.main()\n", stat.S_IFREG | 0o755),
    "foo-1.0.data/scripts/other": (b"#!/bin/sh\n", stat.S_IFREG | 0o755),
}
WHEEL = wheel(files=FILES, scripts={"foo": "foo:main", "foo-deep": "foo:main.__call__ [x]"})


def installed(
    directory: Path,
    *wheels: LockedWheel,
    spec: Spec = EVERYTHING,
    tree: Tree = NOTHING,
    mtime: int = 0,
) -> Installed:
    files = {each.sha256: directory / each.file for each in wheels}
    return python.strata(wheels, files, spec, HERE, tree, directory, mtime, silent)


def extracted(found: Installed, root: Path) -> Path:
    for stratum in found.strata:
        with tarfile.open(stratum.plain.path) as tar:
            tar.extractall(root, filter="tar")
    return root


def contents(root: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and body of every file but what pip says of itself."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {
        str(path.relative_to(root)): (path.stat().st_mode & 0o7777, path.read_bytes())
        for path in files
        if path.name not in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
    }


def by_pip(root: Path, where: str, files: list[Path]) -> dict[str, tuple[int, bytes]]:
    """What pip makes of the same wheels, at Debian's places and with the image's interpreter."""
    command = (
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-compile",
        "--no-index",
        "--ignore-installed",
    )
    subprocess.run((*command, f"--{where}={root}", *files), check=True)
    names = {
        f"lib/python{HERE.series}/site-packages/": f"{LIBRARY}/",
        f"include/site/python{HERE.series}/": f"{HEADERS}/",
    }
    found = {}
    for path, (mode, body) in contents(root).items():
        shown = f"/usr/bin/python{HERE.series}".encode()
        first, end, rest = body.partition(b"\n")
        if first == f"#!{sys.executable}".encode():
            body = b"#!" + shown + end + rest
        place = next((path.replace(theirs, ours) for theirs, ours in names.items() if path.startswith(theirs)), "")
        found[place or ("usr/local/" if where == "prefix" else "opt/app/") + path] = mode, body
    return found


def test_it_is_what_pip_installs(tmp_path: Path) -> None:
    path = saved(tmp_path, WHEEL)
    ours = contents(extracted(installed(tmp_path, locked(path)), tmp_path / "root"))
    assert ours == by_pip(tmp_path / "pip", "prefix", [path])


def test_with_a_target_it_is_what_pip_installs_there(tmp_path: Path) -> None:
    path = saved(tmp_path, WHEEL)
    spec = Spec(python=PythonPackages(target="/opt/app"))
    ours = contents(extracted(installed(tmp_path, locked(path), spec=spec), tmp_path / "root"))
    theirs = by_pip(tmp_path / "pip", "target", [path])
    # in an environment pip has other places for headers, even with a target
    assert ours.pop("opt/app/include/python/foo/foo.h") == theirs.pop(f"{HEADERS}/foo/foo.h")
    assert ours == theirs


def test_its_record_is_true_and_pip_believes_it(tmp_path: Path) -> None:
    first, second = saved(tmp_path, wheel("bar", requires=("foo>=1",)), "bar"), saved(tmp_path, WHEEL)
    root = extracted(installed(tmp_path, locked(first), locked(second)), tmp_path / "root")
    library = root / LIBRARY
    text = (library / "foo-1.0.dist-info/RECORD").read_text()
    rows = list(csv.reader(io.StringIO(text)))
    assert rows == sorted(rows)
    assert rows.pop([row[1] for row in rows].index("")) == ["foo-1.0.dist-info/RECORD", "", ""]
    for path, said, size in rows:
        body = (library / path).read_bytes()
        assert (said, size) == (digest(body), str(len(body)))
    named = {normpath(f"{LIBRARY}/{row[0]}") for row in rows}
    assert named == {path for path in contents_all(root) if "bar-1.0" not in path and not path.endswith("RECORD")}
    asked = (sys.executable, "-m", "pip", "--disable-pip-version-check", "list", "--format=json", f"--path={library}")
    listed = json.loads(subprocess.run(asked, check=True, capture_output=True).stdout)
    assert [(each["name"], each["version"]) for each in listed] == [("bar", "1.0"), ("foo", "1.0")]
    assert (library / "foo-1.0.dist-info/INSTALLER").read_text() == "shave\n"


def contents_all(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_our_own_catalog_finds_an_owner_of_every_file(tmp_path: Path) -> None:
    found = installed(tmp_path, locked(saved(tmp_path, WHEEL)))
    stage = Stage().over(*found.strata)
    (package,) = catalog.packages(stage)
    assert isinstance(package, Package)
    assert found.strata[0].unit == package.unit == "python:foo"
    assert set(package.paths) == {node.entry.path for node in stage.tree if node.entry.kind == "file"}


def test_who_was_asked_for_is_marked(tmp_path: Path) -> None:
    one = locked(saved(tmp_path, WHEEL))
    asked = LockedWheel(one.name, one.version, one.file, one.sha256, one.url, True)
    for wheel_, there in ((one, False), (asked, True)):
        paths = {entry.path for entry in installed(tmp_path, wheel_).strata[0].plain.index.entries}
        assert (f"{LIBRARY}/foo-1.0.dist-info/REQUESTED" in paths) == there


def test_the_bytes_depend_on_nothing_else(tmp_path: Path) -> None:
    one = locked(saved(tmp_path, WHEEL))
    hashes = set()
    for name in ("a", "longer"):
        (tmp_path / name).mkdir()
        files = {one.sha256: tmp_path / one.file}
        found = python.strata((one,), files, EVERYTHING, HERE, NOTHING, tmp_path / name, 10**18, silent)
        hashes.add(hashlib.sha256(found.strata[0].plain.path.read_bytes()).hexdigest())
        entries = found.strata[0].plain.index.entries
        assert {(each.uid, each.gid, each.mtime) for each in entries} == {(0, 0, 10**18)}
        assert {each.mode for each in entries} == {0o644, 0o755}
    assert len(hashes) == 1


def test_what_the_spec_excludes_is_not_in_the_record_either(tmp_path: Path) -> None:
    spec = Spec(exclude=("/usr/local/**/tests/**", "/usr/local/bin/*"), include=("/usr/local/bin/tool",))
    root = extracted(installed(tmp_path, locked(saved(tmp_path, WHEEL)), spec=spec), tmp_path / "root")
    record = (root / LIBRARY / "foo-1.0.dist-info/RECORD").read_text()
    assert {path.name for path in (root / "usr/local/bin").iterdir()} == {"tool"}
    assert not (root / LIBRARY / "foo/tests").exists()
    assert "test_x" not in record and "bin/tool" in record and "bin/foo" not in record


def test_two_wheels_with_other_files_of_one_name_are_remarked(tmp_path: Path) -> None:
    same: Body = b"same"
    one = saved(tmp_path, wheel("a", {"tests/__init__.py": b"1", "google/__init__.py": same}), "a")
    two = saved(tmp_path, wheel("b", {"tests/__init__.py": b"2", "google/__init__.py": same}), "b")
    (remark,) = installed(tmp_path, locked(one), locked(two)).remarks
    assert (remark.unit, remark.stops) == ("python:a", False)
    assert remark.text == f"python:b has another file /{LIBRARY}/tests/__init__.py, and that is in the image"


def test_another_wheel_than_was_locked(tmp_path: Path) -> None:
    one = locked(saved(tmp_path, WHEEL))
    for name, version in (("bar", "1.0"), ("foo", "2.0")):
        other = LockedWheel(name, version, one.file, one.sha256, "")
        with pytest.raises(BadImageError, match=f"it is foo 1.0, not {name} {version}"):
            installed(tmp_path, other)


def test_a_wheel_that_puts_two_files_at_one_path(tmp_path: Path) -> None:
    files: dict[str, Body] = {"x.py": b"1", "foo-1.0.data/purelib/x.py": b"2"}
    with pytest.raises(BadImageError, match="two of its files are"):
        installed(tmp_path, locked(saved(tmp_path, wheel(files=files))))


def test_a_file_of_the_image_in_the_way(tmp_path: Path) -> None:
    entries = [Entry("usr", "directory", 0o755), Entry("usr/local", "symlink", 0o777, link="/gone")]
    below = Stage().over(made("dpkg:x", "system", ((entry, b"") for entry in entries), tmp_path / "below.tar"))
    with pytest.raises(CannotError, match="/usr/local is a symlink that leads nowhere"):
        installed(tmp_path, locked(saved(tmp_path, WHEEL)), tree=below.tree)


def test_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BOUND, "1MB")
    with pytest.raises(BadImageError, match="unpacks to more than 1000000 bytes"):
        installed(tmp_path, locked(saved(tmp_path, wheel(files={"zeros": bytes(2_000_000)}))))


@pytest.mark.network
def test_real_wheels_are_what_pip_installs(tmp_path: Path) -> None:
    spec = Spec(python=PythonPackages(packages=("flask==3.1.0", "gunicorn==23.0.0", "ruff==0.9.0")))
    assert spec.python
    wheels = pip.wheels(spec.python, tmp_path, HERE, silent)
    wanted = [downloads.Wanted(each.file, located(each.url, tmp_path), each.sha256) for each in wheels]
    files = downloads.fetch(wanted, tmp_path, silent)
    found = python.strata(wheels, files, spec, HERE, NOTHING, tmp_path, 0, silent)
    named = [files[each.sha256].rename(tmp_path / each.file) for each in wheels]
    assert contents(extracted(found, tmp_path / "root")) == by_pip(tmp_path / "pip", "prefix", named)
    assert found.remarks == ()
