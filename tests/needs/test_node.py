"""What manifests and sources of Node lead to."""

import subprocess
from collections.abc import Mapping
from json import dumps
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scenes
from shave.needs.node import Node


def leads(path: str, layer: Mapping[str, scenes.Content], environment: dict[str, str] | None = None) -> set[str]:
    files = scenes.Files([layer])
    real = files.tree.resolve(path).path or path
    return {link.target for link in Node(files, environment or {}).links(real, files.read(real, 0, 256))}


def package(**fields: object) -> bytes:
    return dumps(fields).encode()


def test_dependencies_of_an_application_but_not_those_of_its_development() -> None:
    layer = {
        "app/package.json": package(dependencies={"a": "1", "@s/b": "1"}, devDependencies={"c": "1"}),
        **{f"app/node_modules/{name}/package.json": b"{}" for name in ("a", "@s/b", "c")},
    }
    assert leads("app/package.json", layer) == {"app/node_modules/a/package.json", "app/node_modules/@s/b/package.json"}


def test_the_nearest_of_two_versions_is_meant_as_node_walks() -> None:
    layer = {
        "app/node_modules/a/package.json": package(dependencies={"c": "2"}),
        "app/node_modules/a/node_modules/c/package.json": b"{}",
        "app/node_modules/b/package.json": package(dependencies={"c": "1"}),
        "app/node_modules/c/package.json": b"{}",
    }
    assert leads("app/node_modules/a/package.json", layer) == {"app/node_modules/a/node_modules/c/package.json"}
    assert leads("app/node_modules/b/package.json", layer) == {"app/node_modules/c/package.json"}


def test_a_package_of_a_store_finds_its_neighbours_where_it_really_is() -> None:
    store = "app/node_modules/.pnpm"
    layer: dict[str, scenes.Content] = {
        "app/node_modules/a": ".pnpm/a@1/node_modules/a",
        f"{store}/a@1/node_modules/a/package.json": package(dependencies={"b": "1"}),
        f"{store}/a@1/node_modules/b": "../../b@1/node_modules/b",
        f"{store}/b@1/node_modules/b/package.json": b"{}",
    }
    assert leads("app/node_modules/a/package.json", layer) == {f"{store}/a@1/node_modules/b/package.json"}


def test_peers_stay_but_optional_ones_of_development() -> None:
    layer = {
        "app/package.json": package(devDependencies={"typescript": "5"}),
        "app/node_modules/orm/package.json": package(
            peerDependencies={"pg": "8", "typescript": "5", "react": "1"},
            peerDependenciesMeta={"pg": {"optional": True}, "typescript": {"optional": True}},
            optionalDependencies={"@img/sharp-linux-x64": "1", "@img/sharp-darwin-x64": "1"},
        ),
        **{
            f"app/node_modules/{name}/package.json": b"{}"
            for name in ("pg", "typescript", "react", "@img/sharp-linux-x64")
        },
    }
    kept = leads("app/node_modules/orm/package.json", layer)
    assert kept == {f"app/node_modules/{name}/package.json" for name in ("pg", "react", "@img/sharp-linux-x64")}


def test_what_starts_a_package_stays_with_it() -> None:
    layer: dict[str, scenes.Content] = {
        "usr/local/lib/node_modules/npm/package.json": package(name="npm", bin={"npm": "cli.js", "npx": "x.js"}),
        "usr/local/bin/npm": "../lib/node_modules/npm/cli.js",
        "app/node_modules/tool/package.json": package(name="@s/tool", bin="cli.js"),
        "app/node_modules/.bin/tool": "../tool/cli.js",
    }
    assert leads("usr/local/lib/node_modules/npm/package.json", layer) == {"usr/local/bin/npm"}
    assert leads("app/node_modules/tool/package.json", layer) == {"app/node_modules/.bin/tool"}


@pytest.mark.parametrize(
    "source",
    [
        b"const a = require('a')",
        b"require.resolve(`a/lib/x.js`)",
        b'import x from "a/deep"',
        b'import"a"',
        b'export * from "a"',
        b'const m = await import("a")',
        b'var r=createRequire(import.meta.url);r("b");__require=require;require("a")',
    ],
)
def test_an_application_names_packages(source: bytes) -> None:
    layer = {"app/main.mjs": source, "node_modules/a/package.json": b"{}"}
    assert leads("app/main.mjs", layer) == {"node_modules/a/package.json"}


def test_what_is_no_package_leads_nowhere() -> None:
    layer = {"app/main.js": b'require("./a");require("fs");require("node:fs");require(x)', "app/a.js": b""}
    assert leads("app/main.js", layer) == set()


def test_directories_of_the_environment_and_of_the_system() -> None:
    layer = {
        "srv/app": b"#!/usr/bin/env node\nrequire('a'); require('b')",
        "opt/lib/a/index.js": b"",
        "usr/share/nodejs/b.js": b"",
    }
    assert leads("srv/app", layer, {"NODE_PATH": "/opt/lib"}) == {"opt/lib/a/index.js", "usr/share/nodejs/b.js"}


def test_archives_of_packages() -> None:
    layer = {
        "app/.pnp.cjs": b'"packageLocation": "./.yarn/cache/a-npm-1.zip/node_modules/a/"',
        "app/.yarn/cache/x": b"",
    }
    assert leads("app/.pnp.cjs", layer) == {"app/.yarn/cache/a-npm-1.zip"}


def test_archives_of_packages_that_all_projects_of_a_user_share() -> None:
    place = "root/.yarn/berry/cache/a-npm-1-10c0.zip"
    said = f'["packageLocation", "../../{place}/node_modules/a/"],\\\n'.encode()
    assert leads("srv/app/.pnp.cjs", {"srv/app/.pnp.cjs": said * 2, place: b""}) == {place}


@given(
    st.binary(max_size=300)
    | st.recursive(
        st.none() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["dependencies", "bin", "name", "peerDependencies", "peerDependenciesMeta"]), x
            )
        ),
    ).map(lambda x: dumps(x).encode())
)
def test_any_bytes_are_read(body: bytes) -> None:
    for name in ("package.json", "main.js", ".pnp.cjs", "node_modules/a/package.json"):
        assert isinstance(leads(f"app/{name}", {f"app/{name}": body}), set)


def test_a_manifest_that_is_nested_deeply_says_nothing() -> None:
    assert leads("package.json", {"package.json": b'{"bin":' + b"[" * 100_000}) == set()


def test_node_finds_what_is_linked(tmp_path: Path) -> None:
    layer = {
        "app/main.js": b"console.log(require.resolve('a'))",
        "app/node_modules/a/package.json": package(name="a", main="m.js"),
        "app/node_modules/a/m.js": b"",
        "node_modules/a/package.json": b"{}",
    }
    for path, body in layer.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(body)
    said = subprocess.run(["node", tmp_path / "app/main.js"], capture_output=True, check=True, text=True).stdout
    (found,) = leads("app/main.js", layer)
    assert Path(said.strip()).parent == (tmp_path / found).parent
