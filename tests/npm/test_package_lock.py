"""npm's lock files: what of them is installed in which image."""

import json
from pathlib import Path
from typing import Any

import pytest

from modules import integrity
from shave.errors import CannotError
from shave.lock import LockedModule
from shave.npm import package_lock
from shave.spec import NodePackages

SOUND = integrity(b"")
WHERE = "https://registry.npmjs.org/x/-/x-1.tgz"


def entry(**said: Any) -> dict[str, Any]:
    """A package of a lock file, with what is usual."""
    return {"version": "1.0.0", "resolved": WHERE, "integrity": SOUND, **said}


@pytest.fixture(autouse=True)
def _no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_userconfig", str(tmp_path / "none"))
    monkeypatch.setenv("npm_config_registry", "https://registry.npmjs.org/")


def modules(
    directory: Path, packages: dict[str, Any], architecture: str = "amd64", lock: str = "package-lock.json"
) -> tuple[LockedModule, ...]:
    path = directory / lock
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"name": "app", "lockfileVersion": 3, "packages": {"": {}, **packages}}))
    return package_lock.modules(NodePackages(lock), directory, architecture)


def paths(directory: Path, packages: dict[str, Any], architecture: str = "amd64") -> list[str]:
    found = modules(directory, packages, architecture)
    return [module.path.removeprefix("node_modules/") for module in found]


def test_all_that_is_known_of_a_package(tmp_path: Path) -> None:
    (found,) = modules(tmp_path, {"node_modules/@s/x": entry(hasInstallScript=True)})
    assert found == LockedModule("node_modules/@s/x", "@s/x", "1.0.0", WHERE, SOUND, True)


def test_a_package_under_another_name(tmp_path: Path) -> None:
    (found,) = modules(tmp_path, {"node_modules/x": entry(name="y")})
    assert (found.path, found.name) == ("node_modules/x", "y")


def test_what_is_for_development_or_comes_with_others_is_left_out(tmp_path: Path) -> None:
    packages = {
        "node_modules/a": entry(),
        "node_modules/b": entry(dev=True),
        "node_modules/c": entry(extraneous=True),
        "node_modules/a/node_modules/d": {"version": "1.0.0", "inBundle": True},
        "node_modules/e": entry(peer=True),
        "node_modules/f": entry(devOptional=True),
        "node_modules/g": {"resolved": "packages/g", "link": True, "dev": True},
    }
    assert paths(tmp_path, packages) == ["a", "e", "f"]


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        ({"os": ["linux"]}, True),
        ({"os": ["darwin", "win32"]}, False),
        ({"os": ["!win32"]}, True),
        ({"os": ["!linux"]}, False),
        ({"os": "linux", "cpu": "x64"}, True),
        ({"cpu": ["arm64"]}, False),
        ({"cpu": ["any"]}, True),
        ({"cpu": []}, True),
        ({"cpu": ["x64", "ia32"], "libc": ["glibc"]}, True),
        ({"libc": ["musl"]}, False),
        ({"os": 5}, True),
    ],
)
def test_optional_packages_of_other_machines(said: dict[str, Any], fits: bool, tmp_path: Path) -> None:
    assert paths(tmp_path, {"node_modules/a": entry(optional=True, **said)}) == (["a"] if fits else [])
    if not fits:
        with pytest.raises(CannotError, match="node_modules/a is not for linux, x64 and glibc"):
            paths(tmp_path, {"node_modules/a": entry(**said)})


def test_another_architecture(tmp_path: Path) -> None:
    packages = {f"node_modules/{cpu}": entry(optional=True, cpu=[cpu]) for cpu in ("x64", "arm64", "arm", "ppc64")}
    found = {name: paths(tmp_path, packages, name) for name in ("amd64", "arm64", "armhf", "ppc64el", "riscv64")}
    assert found == {"amd64": ["x64"], "arm64": ["arm64"], "armhf": ["arm"], "ppc64el": ["ppc64"], "riscv64": []}


def test_what_goes_with_an_optional_package(tmp_path: Path) -> None:
    packages = {
        "": {"dependencies": {"a": "1", "d": "1"}, "optionalDependencies": {"mac": "1"}},
        "node_modules/a": entry(),
        "node_modules/mac": entry(optional=True, os=["darwin"], dependencies={"b": "1", "c": "1"}),
        "node_modules/b": entry(optional=True, dependencies={"c": "1"}),
        "node_modules/c": entry(),
        "node_modules/d": entry(dependencies={"c": "1"}, peerDependencies={"b": "1"}, peerDependenciesMeta={"b": {}}),
    }
    assert paths(tmp_path, packages) == ["a", "b", "c", "d"]
    packages["node_modules/d"] = entry(dependencies={"c": "1"})
    assert paths(tmp_path, packages) == ["a", "c", "d"]


def test_urls_that_the_lock_file_does_not_have(tmp_path: Path) -> None:
    (tmp_path / ".npmrc").write_text("@own:registry=https://own.example/npm\n")
    found = modules(tmp_path, {f"node_modules/{name}": entry(resolved=None) for name in ("x", "@own/y")})
    assert [module.url for module in found] == [
        "https://own.example/npm/@own/y/-/y-1.0.0.tgz",
        "https://registry.npmjs.org/x/-/x-1.0.0.tgz",
    ]


def test_tarballs_of_the_context(tmp_path: Path) -> None:
    (found,) = modules(tmp_path, {"node_modules/x": entry(resolved="file:dist/x 1.tgz")})
    assert found.url == "dist/x%201.tgz"
    packages = {"node_modules/x": entry(resolved="file:../dist/x.tgz")}
    (found,) = modules(tmp_path, packages, lock="app/package-lock.json")
    assert found.url == "dist/x.tgz"


def test_the_strongest_hash_is_taken(tmp_path: Path) -> None:
    (found,) = modules(tmp_path, {"node_modules/x": entry(integrity=f"sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= {SOUND}?x")})
    assert found.integrity == SOUND


@pytest.mark.parametrize(
    ("path", "said", "why"),
    [
        ("node_modules/x", {"resolved": "packages/x", "link": True}, "x is the directory packages/x"),
        ("packages/x", {"version": "1.0.0"}, "packages/x is the directory packages/x"),
        ("node_modules/x", entry(integrity="sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="), "node_modules/x has no SHA-512"),
        ("node_modules/x", entry(integrity=None), "node_modules/x has no SHA-512"),
        ("node_modules/x", entry(resolved="git+ssh://git@github.com/x/y.git#0"), "comes from git.ssh://github.com/x/y.git,"),
        ("node_modules/x", entry(resolved="https://[x/y.tgz"), "x comes from no URL"),
        ("node_modules/../x", entry(), "has a package at 'node_modules/../x'"),
        ("node_modules/x/y", entry(), "has a package at 'node_modules/x/y'"),
        ("node_modules/", entry(), "has a package at 'node_modules/'"),
    ],
)  # fmt: skip
def test_what_cannot_be_installed_is_named(path: str, said: dict[str, Any], why: str, tmp_path: Path) -> None:
    with pytest.raises(CannotError, match=why) as caught:
        modules(tmp_path, {path: said})
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no lock file of npm"),
        ("[]", "is no lock file of npm"),
        ('{"lockfileVersion": 3, "packages": {"node_modules/x": []}}', "is no lock file of npm"),
        ("[" * 100_000, "is no lock file of npm"),
        ('{"lockfileVersion": 1, "dependencies": {}}', "has lockfileVersion 1"),
        ('{"lockfileVersion": 4}', "has lockfileVersion 4"),
    ],
)
def test_no_lock_file(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "package-lock.json").write_text(text)
    with pytest.raises(CannotError, match=f"package-lock.json {why}"):
        package_lock.modules(NodePackages(), tmp_path, "amd64")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(CannotError, match=r"package-lock\.json of the build context cannot be read"):
        package_lock.modules(NodePackages(), tmp_path, "amd64")
