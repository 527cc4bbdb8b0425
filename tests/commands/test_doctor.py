"""``shave doctor`` as it is typed."""

import json
from pathlib import Path

import pytest

from cli import Shave, layout
from patients import LIB, tools, without


@pytest.fixture
def made(tmp_path: Path) -> str:
    return layout(tmp_path / "made", tools(), Entrypoint=["/bin/sh", "-c"], Cmd=["exec openssl version"])


def test_nothing_stops_it(shave: Shave, made: str) -> None:
    done = shave("doctor", made)
    assert (done.code, done.out.splitlines()[0]) == (0, f"{made}: nothing stops it")
    assert "docker debug" in done.out.splitlines()[-1]


def test_what_stops_it_comes_first(shave: Shave, tmp_path: Path) -> None:
    members = without(tools(), "/usr/bin/sh", "/tmp/")
    broken = layout(tmp_path / "broken", members, Cmd=["/bin/sh", "-c", "openssl version"])
    done = shave("doctor", broken)
    assert done.code == 1
    assert done.out.splitlines()[0].startswith(f"{broken}: it will not start: /bin/sh, which the image starts, is not")
    found = json.loads(shave("doctor", broken, "--format", "json").out)
    assert found["schema"] == "shave.doctor/v1" and found["platform"] == "linux/amd64"
    assert found["diagnoses"][0]["cause"] == "shell-missing" and found["diagnoses"][0]["stops"]
    assert shave("doctor", broken, "--format", "markdown").out.startswith("## shave doctor `oci:")


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (("--", "none"), "command-missing"),
        (("--entrypoint", "none"), "command-missing"),
        (("--user", "www"), "user-unknown"),
        (("--env", "PATH=/x"), "command-missing"),
        (("--mount", "/usr:/app", "--entrypoint", "sh", "--", "/app/x"), "program-file-missing"),
    ],
)
def test_as_it_would_be_started(shave: Shave, made: str, arguments: tuple[str, ...], cause: str) -> None:
    found = json.loads(shave("doctor", made, "--format", "json", *arguments).out)
    assert found["diagnoses"][0]["cause"] == cause
    assert found["diagnoses"][0]["stops"] == ("--mount" not in arguments)


def test_a_base_is_no_failure(shave: Shave, tmp_path: Path) -> None:
    done = shave("doctor", layout(tmp_path / "base", {"/x": b""}))
    assert (done.code, "no-command" in done.out) == (0, True)


def test_what_is_no_image(shave: Shave, tmp_path: Path) -> None:
    assert shave("doctor", f"oci:{tmp_path}/none").code == 3


@pytest.mark.root
def test_a_run_shows_it(shave: Shave, made: str, tmp_path: Path) -> None:
    done = shave("doctor", made, "--run")
    assert (done.code, done.out.splitlines()[0]) == (0, f"{made}: it works")
    assert "it works" in done.out.split("\nrun ")[1]
    members = without(tools(), f"{LIB}/libssl.so.3")
    broken = layout(tmp_path / "broken", members, Cmd=["openssl", "version"])
    found = json.loads(shave("doctor", broken, "--run", "--format", "json").out)
    assert found["seen"]["observed"]["cause"] == found["diagnoses"][0]["cause"] == "library-missing"
    done = shave("doctor", made, "--run", "--", "exit 7")
    assert (done.code, "exits-nonzero, which was not foreseen" in done.out) == (1, True)


@pytest.mark.root
def test_a_base_is_not_run(shave: Shave, tmp_path: Path) -> None:
    assert shave("doctor", layout(tmp_path / "base", {"/x": b""}), "--run").code == 0
