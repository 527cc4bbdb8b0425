"""Node packages, as npm and pnpm lay them out; npm says what is right."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs import found, installed, survives, why
from shave.catalog import node
from shave.package import Package, Unread
from shave.testing import Member, Symlink


def manifest(name: str, version: str = "1.0.0", **more: object) -> bytes:
    return json.dumps({"name": name, "version": version} | more).encode()


def test_packages_within_packages_own_themselves() -> None:
    members: dict[str, Member] = {
        "/app/package.json": manifest("app"),
        "/app/node_modules/a/package.json": manifest("a", dependencies={"b": "^2", "odd": 1, "alias": "npm:@s/c@^1"}),
        "/app/node_modules/a/lib/package.json": b'{"type":"module"}',
        "/app/node_modules/a/node_modules/b/package.json": manifest("b", "2.0.0"),
        "/app/node_modules/@s/c/package.json": manifest("@s/c", optionalDependencies={"b": "1", "fsevents": "*"}),
        "/app/node_modules/.bin/a": Symlink("../a/lib/x"),
        "/app/node_modules/.cache/package.json": manifest("cache"),
        "/app/node_modules/none/package.json": b"{}",
    }
    a, b, c = "app/node_modules/a", "app/node_modules/a/node_modules/b", "app/node_modules/@s/c"
    own = (a, f"{a}/lib", f"{a}/lib/package.json", f"{a}/node_modules", f"{a}/package.json")
    assert sorted(found(node.packages, members), key=str) == [
        Package("node", "@s/c", "1.0.0", (c, f"{c}/package.json"), ("node:b",)),
        Package("node", "a", "1.0.0", own, ("node:@s/c", "node:b")),
        Package("node", "b", "2.0.0", (b, f"{b}/package.json")),
    ]


def test_pnpm_keeps_packages_in_a_store_and_links_them() -> None:
    store = "app/node_modules/.pnpm/a@1.0.0/node_modules/a"
    members: dict[str, Member] = {
        f"/{store}/package.json": b"\xef\xbb\xbf" + manifest("a"),
        "/app/node_modules/a": Symlink(".pnpm/a@1.0.0/node_modules/a"),
    }
    assert found(node.packages, members) == [Package("node", "a", "1.0.0", (store, f"{store}/package.json"))]


def test_manifests_of_endless_dependencies_are_read_as_far_as_memory_allows() -> None:
    dependencies = {f"d{number}": "1" for number in range(40_000)}
    members: dict[str, Member] = {
        f"/node_modules/{name}/package.json": manifest(f"p{name}", dependencies=dependencies) for name in range(15)
    }
    read = found(node.packages, members)
    assert (sum(isinstance(each, Package) for each in read), sum(isinstance(each, Unread) for each in read)) == (12, 3)
    assert "more than any" in why(node.packages, {"/node_modules/x/package.json": manifest("x", "1" * (1 << 20))})


def test_broken_manifests_say_why() -> None:
    for data in (b"{", b"[" * 100_000, b"1", b"\xff"):
        assert why(node.packages, {"/node_modules/x/package.json": data})


@given(st.binary(max_size=99) | st.text(max_size=9).map(lambda name: manifest(name, name, dependencies={name: name})))
def test_no_manifest_is_too_strange(data: bytes) -> None:
    survives(node.packages, "node_modules/a/package.json", "node_modules/a/node_modules/@b/c/package.json")(data)


@pytest.mark.network
@pytest.mark.oracle
def test_npm_says_the_same(tmp_path: Path) -> None:
    environment = os.environ | {"npm_config_cache": str(tmp_path / "cache")}
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", "app", "express@4.21.2"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    listed = subprocess.check_output(["npm", "ls", "--all", "--json", "--prefix", "app"], cwd=tmp_path, env=environment)
    packages = installed(node.packages, tmp_path / "app")
    assert {(each.name, each.version) for each in packages} == set(_flat(json.loads(listed)))
    owned = [path for each in packages for path in each.paths]
    files = {str(path.relative_to(tmp_path / "app")) for path in (tmp_path / "app/node_modules").rglob("*")}
    assert len(owned) == len(set(owned))
    assert {path for path in files - set(owned) if "/." not in path} == {
        path for path in files if path.rpartition("/")[2].startswith("@") and path.count("/") == 1
    }


def _flat(listed: dict[str, object]) -> list[tuple[str, str]]:
    below = listed.get("dependencies", {})
    assert isinstance(below, dict)
    return [pair for name, each in below.items() for pair in ((name, each.get("version")), *_flat(each)) if pair[1]]
