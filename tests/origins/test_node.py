"""npm packages on the stage, beside what npm ci installs of the same lock file."""

import json
from pathlib import Path
from typing import Any

import pytest

from modules import Files, integrity, locked, npm, package, registry, tarball
from shave import downloads
from shave.allowance import BOUND
from shave.catalog import node as catalog
from shave.context import located
from shave.errors import BadImageError, CannotError
from shave.events import silent
from shave.net import Patience
from shave.npm import package_lock as ours
from shave.origins import node
from shave.origins.language import Installed
from shave.package import Package
from shave.spec import NodePackages, Spec
from shave.stage import Stage, made
from shave.tree import Entry, Tree

SPEC, NOTHING = Spec(node=NodePackages(path="/srv/app")), Tree({})
Shown = dict[str, tuple[str, Any]]
NESTED = {"both": "a.js", "../up": "b.js", "gone": "c.js"}
INNER = b'{"name":"inner","version":"3.0.0","bin":"i.js"}'
PACKAGES = [
    package(
        {"name": "plain", "bin": "./cli.js", "dependencies": {"nested": "^2.0.0", "@s/scoped": "*"}},
        {"cli.js": b"#!/usr/bin/env node\r\nx\r\n", "a/.gitignore": b"1", "run": (b"2", 0o755), "w": (b"", 0o666)},
    ),
    package({"name": "nested", "version": "1.0.0", "bin": NESTED}, {"a.js": (b"1", 0o755), "b.js": (b"2", 0o755)}),
    package({"name": "nested", "version": "2.0.0", "bin": {"both": "a.js"}}, {"a.js": (b"2", 0o600)}),
    package({"name": "@s/scoped", "bin": "x/../bin.js"}, {"bin.js": b"1", ".npmignore": b"1", ".gitignore": b"2"}),
    package({"name": "zboth", "bin": {"both": "z", "zboth": "z"}}, {"z": b"", ".gitignore": b"1", ".npmignore": b"2"}),
    # the registry finds the commands when a package is published
    package(
        {"name": "dirs", "bin": {"one": "commands/one"}},
        {"package.json": b'{"name":"dirs","directories":{"bin":"./commands"}}', "commands/one": b"1", "x": b""},
    ),
    package(
        {"name": "bundles", "bundleDependencies": ["inner"], "dependencies": {"inner": "*"}},
        {"node_modules/inner/package.json": INNER, "node_modules/inner/i.js": b"i"},
    ),
    package({"name": "mac", "os": ["darwin"], "dependencies": {"shared": "*", "asked": "*", "lone": "*"}}),
    package({"name": "shared"}),
    package({"name": "asked"}),
    package({"name": "lone"}),
    package({"name": "tool", "dependencies": {"shared": "*"}}),
    package({"name": "native", "scripts": {"install": "node-gyp rebuild"}}, {"binding.gyp": b"{}"}),
]
APPLICATION = {
    "dependencies": {
        "plain": "*",
        "nested": "^1.0.0",
        "zboth": "*",
        "dirs": "*",
        "bundles": "*",
        "other": "npm:nested@1",
    },
    "optionalDependencies": {"mac": "*", "native": "*"},
    "devDependencies": {"tool": "*", "asked": "*"},
}


def installed(
    directory: Path, context: Path, spec: Spec = SPEC, tree: Tree = NOTHING, architecture: str = "amd64"
) -> Installed:
    assert spec.node
    modules = ours.modules(spec.node, context, architecture)
    directory.mkdir()
    wanted = [downloads.Wanted(each.name, located(each.url, context), each.integrity) for each in modules]
    files = downloads.fetch(wanted, directory, silent, Patience(attempts=1))
    return node.strata(modules, files, spec, tree, directory, 0, silent)


def shown(found: Installed) -> Shown:
    """What is below the application in the image, files with mode and body."""
    stage = Stage().over(*found.strata)
    files = (each.entry for each in stage.tree if each.entry.path.startswith("srv/app/"))
    return {
        entry.path.removeprefix("srv/app/"): (
            oct(entry.mode),
            stage.read(entry.path) if entry.kind == "file" else entry.link,
        )
        for entry in files
    }


def by_npm(context: Path, where: str, *options: str) -> Shown:
    npm(context, where, "ci", "--omit=dev", "--ignore-scripts", "--no-fund", *options)
    found = {}
    for path in (context / "node_modules", *(context / "node_modules").rglob("*")):
        status = path.lstat()
        body = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else ""
        found[str(path.relative_to(context))] = oct(status.st_mode & 0o7777), body
    del found["node_modules/.package-lock.json"]
    return found


@pytest.fixture
def application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory, and a machine without npm's configuration."""
    monkeypatch.setenv("npm_config_userconfig", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "app").mkdir()
    return tmp_path / "app"


@pytest.mark.oracle
@pytest.mark.parametrize("urls", ["", "true"])
def test_it_is_what_npm_installs(urls: str, application: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with registry(*PACKAGES) as where:
        monkeypatch.setenv("npm_config_registry", where)
        (application / ".npmrc").write_text(f"omit-lockfile-registry-resolved={urls or 'false'}\n")
        locked(application, where, APPLICATION)
        found = installed(application.parent / "work", application)
        theirs = by_npm(application, where)
    mine = shown(found)
    assert mine == theirs
    assert mine["node_modules/.bin/both"] == ("0o777", "../nested/a.js")
    assert mine["node_modules/plain/cli.js"] == ("0o755", b"#!/usr/bin/env node\nx\r\n")
    assert not {
        path for path in mine if path.startswith(("node_modules/mac", "node_modules/lone", "node_modules/tool"))
    }
    (remark,) = found.remarks
    assert (remark.unit, remark.stops) == ("node:native", False)
    assert "not compiled" in remark.text


def write(application: Path, *tarballs: bytes, **said: Any) -> list[str]:
    """A lock file of tarballs of the context."""
    names = [f"x{number}" for number in range(len(tarballs))]
    for name, data in zip(names, tarballs, strict=True):
        (application / f"{name}.tgz").write_bytes(data)
    packages = {
        f"node_modules/{name}": {
            "version": "1.0.0",
            "resolved": f"file:{name}.tgz",
            "integrity": integrity(data),
            **said,
        }
        for name, data in zip(names, tarballs, strict=True)
    }
    (application / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "packages": packages}))
    return names


def strata(application: Path, files: Files, spec: Spec = SPEC, tree: Tree = NOTHING, **said: Any) -> Installed:
    write(application, tarball(files, {"name": "x0", "version": "1.0.0"}), **said)
    return installed(application.parent / "work", application, spec, tree)


def test_our_own_catalog_finds_an_owner_of_every_file(application: Path) -> None:
    write(application, *(tarball({"i.js": b""}, {"name": name, "version": "2.0"}) for name in ("a", "@b/c")))
    found = installed(application.parent / "work", application)
    stage = Stage().over(*found.strata)
    packages = [each for each in catalog.packages(stage) if isinstance(each, Package)]
    assert [each.unit for each in packages] == [each.unit for each in found.strata] == ["node:a", "node:@b/c"]
    owned = {path for each in packages for path in each.paths if stage.tree.nodes[path].entry.kind == "file"}
    assert owned == {each.entry.path for each in stage.tree if each.entry.kind == "file"}


def test_the_bytes_depend_on_nothing_else(application: Path) -> None:
    (stratum,) = strata(application, {"x": (b"1", 0o4777), "y": (b"2", 0o744)}).strata
    entries = stratum.plain.index.entries
    assert {(each.uid, each.gid, each.mtime) for each in entries} == {(0, 0, 0)}
    assert {each.path[len("srv/app/node_modules/x0/") :]: each.mode for each in entries if each.kind == "file"} == {
        "package.json": 0o644,
        "x": 0o755,
        "y": 0o744,
    }


def test_what_the_spec_excludes(application: Path) -> None:
    spec = Spec(node=SPEC.node, exclude=("**/node_modules/**/*.md",), include=("**/LICENSE.md",))
    found = strata(application, {"README.md": b"", "LICENSE.md": b"", "i.js": b""}, spec)
    assert {path.rpartition("/")[2] for path in shown(found)} >= {"LICENSE.md", "i.js"}
    assert "node_modules/x0/README.md" not in shown(found)


def test_scripts_that_npm_would_run_are_remarked(application: Path) -> None:
    (remark,) = strata(application, {"i.js": b""}, hasInstallScript=True).remarks
    assert (remark.unit, remark.stops) == ("node:x0", False)


def test_native_code_that_is_there_is_not_remarked(application: Path) -> None:
    files = {"binding.gyp": b"{}", "prebuilds/linux-x64/x.node": b""}
    assert strata(application, files).remarks == ()


def test_a_file_of_the_image_in_the_way(application: Path) -> None:
    rows = [(Entry("srv", "file"), b"")]
    below = Stage().over(made("spec:file", "system", rows, application.parent / "below.tar"))
    with pytest.raises(CannotError, match="/srv is a file in the image already"):
        strata(application, {}, tree=below.tree)


def test_a_bomb(application: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BOUND, "1MB")
    with pytest.raises(BadImageError, match=r"the npm package x0 1\.0\.0 is broken: .*more than 1000000 bytes"):
        strata(application, {"zeros": bytes(2_000_000)})


def test_another_tarball_than_was_locked(application: Path) -> None:
    write(application, tarball({}, {"name": "x0"}))
    (application / "x0.tgz").write_bytes(tarball({}, {"name": "other"}))
    with pytest.raises(CannotError, match="x0 is not what it must be"):
        installed(application.parent / "work", application)


@pytest.mark.network
@pytest.mark.oracle
def test_real_packages_are_what_npm_installs(application: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("npm_config_registry", raising=False)
    locked(application, "", {"dependencies": {"express": "4.21.2", "@parcel/watcher": "2.5.0", "rimraf": "3.0.2"}})
    for architecture, cpu in (("amd64", "x64"), ("arm64", "arm64")):
        mine = shown(installed(application.parent / architecture, application, architecture=architecture))
        assert mine == by_npm(application, "", f"--cpu={cpu}", "--libc=glibc", "--os=linux")
        assert f"node_modules/@parcel/watcher-linux-{cpu}-glibc" in mine
