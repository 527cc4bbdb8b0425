"""npm's configuration, beside what npm itself says of it."""

from pathlib import Path

import pytest

from modules import npm
from shave.errors import UsageError
from shave.npm.configuration import DEFAULT, Registries, registries


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without configuration."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("npm_config_registry", "NPM_CONFIG_REGISTRY", "npm_config_userconfig", "NPM_CONFIG_USERCONFIG"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "app").mkdir()
    return tmp_path


def test_nothing_is_configured(home: Path) -> None:
    assert registries(home / "app").usual == DEFAULT


def test_the_project_goes_over_the_user_and_the_environment_over_both(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".npmrc").write_text("# mine\nregistry = https://a.example/npm/\n@own:registry=https://own.example/\n")
    assert registries(home / "app") == Registries("https://a.example/npm", {"@own": "https://own.example"})
    (home / "app/.npmrc").write_text('; ours\nregistry="https://ann:secret@b.example/"\n//b.example/:_authToken=x\n')
    assert registries(home / "app") == Registries("https://b.example", {"@own": "https://own.example"})
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "https://c.example")
    assert registries(home / "app").usual == "https://c.example"


def test_values_of_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHERE", "d.example")
    (home / ".npmrc").write_text("registry=https://${WHERE}/${NONE?}x/${NONE}\n")
    assert registries(home / "app").usual == "https://d.example/x/${NONE}"


def test_a_user_without_a_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_userconfig", "~nobody-of-this-name/.npmrc")
    (home / "app/.npmrc").write_text("registry=https://a.example\n")
    assert registries(home / "app").usual == "https://a.example"


@pytest.mark.oracle
def test_it_is_what_npm_says(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_userconfig", str(home / "app/.own"))
    for text in ("registry = https://a.example/x/", "registry='https://b.example'", "registry=https://${HOST}/y/"):
        (home / "app/.own").write_text(f"{text}\n@own:registry=https://own.example/\n")
        found = registries(home / "app")
        assert found.usual == npm(home / "app", "", "config", "get", "registry").strip().rstrip("/")
        assert found.scopes["@own"] == npm(home / "app", "", "config", "get", "@own:registry").strip().rstrip("/")


def test_where_a_tarball_is() -> None:
    known = Registries("https://a.example/npm", {"@own": "https://own.example"})
    assert known.tarball("express", "4.0.0") == "https://a.example/npm/express/-/express-4.0.0.tgz"
    assert known.tarball("@own/x", "1.0.0") == "https://own.example/@own/x/-/x-1.0.0.tgz"
    assert known.tarball("@other/x", "1.0.0") == "https://a.example/npm/@other/x/-/x-1.0.0.tgz"


def test_what_is_at_npms_own_registry_is_asked_from_the_configured_one() -> None:
    known = Registries("https://a.example:8443/npm")
    assert known.replaced(f"{DEFAULT}/x/-/x-1.tgz") == "https://a.example:8443/npm/x/-/x-1.tgz"
    assert known.replaced("https://ann:secret@c.example/x.tgz#y") == "https://c.example/x.tgz"
    assert Registries().replaced(f"{DEFAULT}/x/-/x-1.tgz") == f"{DEFAULT}/x/-/x-1.tgz"


def test_no_url(home: Path) -> None:
    (home / ".npmrc").write_text("registry=https://[x\n")
    with pytest.raises(UsageError, match="a registry of npm is no URL"):
        registries(home / "app")
