"""Credentials are found where docker, podman and skopeo leave them, and never shown."""

import base64
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave import credentials
from shave.credentials import Credentials, find
from shave.errors import CannotError

HOST = "registry.test:5000"
Save = Callable[..., Path]


def basic(user: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("REGISTRY_AUTH_FILE", "XDG_CONFIG_HOME", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    return tmp_path / "home"


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def saved(place: str = "auth.json", /, **auths: Any) -> Path:
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(auths))
        return path

    return saved


@pytest.fixture
def helper(tmp_path: Path) -> Callable[[str, str], None]:
    def made(name: str, script: str) -> None:
        path = tmp_path / "bin" / f"docker-credential-{name}"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    return made


def test_the_first_place_that_has_some_wins(save: Save, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    places = ["run/containers/auth.json", "home/.config/containers/auth.json", "home/.docker/config.json"]
    save("home/.dockercfg", **{f"https://{HOST}/v1/": basic("u", "home/.dockercfg")})
    seen = [find(HOST, "a", None)]
    for place in reversed(places):
        save(place, auths={HOST: basic("u", place)})
        seen.append(find(HOST, "a", None))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(save("chosen", auths={HOST: basic("u", "chosen")})))
    seen.append(find(HOST, "a", None))
    seen.append(find(HOST, "a", save("given", auths={HOST: basic("u", "given")})))
    expected = ["home/.dockercfg", *reversed(places), "chosen", "given"]
    assert [found and found.password for found in seen] == expected
    assert find("other.test", "a", tmp_path / "given") is None


def test_the_directories_can_be_elsewhere(save: Save, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "d"))
    save("d/config.json", auths={HOST: basic("docker", "")})
    assert find(HOST, "a", None) == Credentials("docker", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "x"))
    save("x/containers/auth.json", auths={HOST: basic("podman", "")})
    assert find(HOST, "a", None) == Credentials("podman", "")


def test_nobody_has_any(home: Path) -> None:
    assert find(HOST, "a/b", None) is None
    home.write_text("a file where the home should be")
    assert find(HOST, "a/b", None) is None


def test_the_longest_name_wins(save: Save) -> None:
    names = [HOST, f"{HOST}/a", f"{HOST}/a/b", f"{HOST}/a/bc"]
    file = save(auths={name: basic(name.replace(":", ""), "p") for name in names} | {f"{HOST}/a/b/c": {}})
    wanted = {"z": names[0], "a/x": names[1], "a/b": names[2], "a/b/c": names[2], "a/bc/d": names[3]}
    found = {repository: find(HOST, repository, file) for repository in wanted}
    expected = {repository: Credentials(name.replace(":", ""), "p") for repository, name in wanted.items()}
    assert found == expected


@pytest.mark.parametrize("key", ["https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io"])
@pytest.mark.parametrize("host", ["docker.io", "registry-1.docker.io"])
def test_the_names_of_docker_hub(save: Save, key: str, host: str) -> None:
    assert find(host, "library/app", save(auths={key: basic("hub", "p")})) == Credentials("hub", "p")


@pytest.mark.parametrize("key", [f"https://{HOST}", f"http://{HOST}/v2/", f"https://{HOST}/some/path", f"{HOST}/v1/"])
def test_a_url_means_its_host(save: Save, key: str) -> None:
    assert find(HOST, "app", save(auths={key: basic("u", "p")})) == Credentials("u", "p")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (basic("u", "a:b:c"), Credentials("u", "a:b:c")),
        (basic("u", "é\0\0"), Credentials("u", "é")),
        ({"username": "u", "password": "p"}, Credentials("u", "p")),
        ({**basic("<token>", ""), "identitytoken": "i"}, Credentials("<token>", "", "i")),
        ({"registrytoken": "r.r-r=="}, Credentials("", "", "", "r.r-r==")),
        ({"auth": None, "identitytoken": None}, None),
        ({"auth": ""}, None),
        (None, None),
    ],
)
def test_what_an_entry_can_be(save: Save, entry: object, expected: Credentials | None) -> None:
    assert find(HOST, "a", save(auths={HOST: entry}, credHelpers=None)) == expected


@given(st.text("abc.é _", min_size=1), st.text("xyz:é/+=").map(lambda text: text.strip("\0")))
def test_any_password(user: str, password: str) -> None:
    assert credentials._split(basic(user, password)["auth"], "it") == (user, password)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "malformed"),
        (b"[]", "Expected `object`, got `array`"),
        (b'{"auths": "geheim"}', "Expected `object | null`, got `str` - at `$.auths`"),
        (b'{"auths": {"%s": {"auth": 1}}}' % HOST.encode(), f"the entry '{HOST}' is malformed"),
        (b'{"auths": {"%s": {"auth": "geheim"}}}' % HOST.encode(), f"the entry '{HOST}' has an auth that is not"),
        (b'{"auths": {"%s": {"auth": "Z2VoZWlt"}}}' % HOST.encode(), f"the entry '{HOST}' has an auth that is not"),
        (b'{"auths": {"%s": {"registrytoken": "ge\\nheim"}}}' % HOST.encode(), "registrytoken that is none"),
        (b'{"auths": {"\xff": "geheim"}}', "malformed"),
        (b'{"x": ' + b"[" * 100_000, "malformed"),
        (b" " * (5 << 20), "too large"),
        (b'{"credsStore": "../geheim"}', "a credential helper that cannot be one"),
    ],
)
def test_a_bad_file_is_named_and_not_quoted(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "auth.json"
    path.write_bytes(data)
    with pytest.raises(CannotError) as caught:
        find(HOST, "a", path)
    assert str(path) in str(caught.value) and said in str(caught.value)
    assert "heim" not in str(caught.value).replace("'../geheim'", "")


def test_anothers_bad_entry_does_no_harm(save: Save) -> None:
    assert find(HOST, "a", save(auths={"other": 1, HOST: basic("u", "p")})) == Credentials("u", "p")


def test_a_chosen_file_must_be_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(CannotError, match="none cannot be read: No such file"):
        find(HOST, "a", tmp_path / "none")
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path))
    with pytest.raises(CannotError, match="cannot be read: Is a directory"):
        find(HOST, "a", None)


def test_secrets_are_not_shown() -> None:
    assert repr(Credentials("u", "geheim", "geheim", "geheim")) == "Credentials('u', …)"


SAYS = """read server; echo '{"ServerURL": "'$server'", "Username": "'$server'", "Secret": "s"}'"""


def test_a_helper_is_asked_on_its_standard_input(save: Save, helper: Callable[[str, str], None]) -> None:
    helper("one", SAYS)
    helper("all", f'[ "$*" = get ] && {SAYS}')
    file = save(credHelpers={HOST: "one"}, credsStore="all", auths={HOST: basic("not", "this"), "docker.io": {}})
    assert find(HOST, "a", file) == Credentials(HOST, "s")
    assert find("other.test", "a", file) == Credentials("other.test", "s")
    assert find("docker.io", "library/a", file) == Credentials("https://index.docker.io/v1/", "s")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("""echo '{"Username": "<token>", "Secret": "i"}'""", Credentials("", "", "i")),
        ("echo credentials not found in native keychain; exit 1", Credentials("listed", "p")),
        ("echo '{}'", Credentials("listed", "p")),
    ],
)
def test_what_a_helper_answers(
    save: Save, helper: Callable[[str, str], None], script: str, expected: Credentials | None
) -> None:
    helper("all", script)
    assert find(HOST, "a", save(credsStore="all", auths={HOST: basic("listed", "p")})) == expected


def test_a_registry_without_a_helper_among_others(save: Save) -> None:
    """An empty name keeps the helper for all away from one registry."""
    file = save(credHelpers={HOST: ""}, credsStore="missing", auths={HOST: basic("ann", "pw")})
    assert find(HOST, "a", file) == Credentials("ann", "pw")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo geheim; exit 3", f"docker-credential-all failed with status 3 when asked for {HOST}"),
        ("echo geheim", "the answer of docker-credential-all is malformed"),
        ("sleep 20", "docker-credential-all did not answer in 1 s"),
    ],
)
def test_a_helper_that_fails_is_named(
    save: Save, helper: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    monkeypatch.setattr(credentials, "HELPER_SECONDS", 1)
    helper("all", script)
    with pytest.raises(CannotError) as caught:
        find(HOST, "a", save(credsStore="all"))
    assert said in str(caught.value) and "geheim" not in str(caught.value) + caught.value.hint


def test_a_helper_that_is_missing_is_named(save: Save, tmp_path: Path) -> None:
    with pytest.raises(CannotError, match="docker-credential-none is not installed"):
        find(HOST, "a", save(credsStore="none"))
    (tmp_path / "bin/docker-credential-none").write_text("not a program")
    with pytest.raises(CannotError, match="docker-credential-none cannot be run: Permission denied"):
        find(HOST, "a", tmp_path / "auth.json")


@pytest.mark.oracle
def test_skopeo_login_writes_what_we_read(tmp_path: Path) -> None:
    """``--get-login`` reads with the same code as every pull of podman and skopeo."""
    for index, key in enumerate((HOST, f"{HOST}/a", f"{HOST}/a/b")):
        path = tmp_path / "auth.json"
        held = json.loads(path.read_text()) if path.exists() else {"auths": {}}
        held["auths"][key] = basic(f"user{index}", "p")
        path.write_text(json.dumps(held))
        command = ["skopeo", "login", "--get-login", "--authfile", path, key]
        theirs = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        ours = find(HOST, key.partition("/")[2] or "other", path)
        assert ours and ours.username == theirs
