"""Which runner is chosen, and what is said where none can be."""

from pathlib import Path

import pytest

from shave import proc
from shave.errors import CannotError, UsageError
from shave.oci import Config, RunConfig
from shave.runners import AUTOMATIC, RUNNERS, choose
from shave.runners.support import machine

HERE = Config(architecture=machine(), os="linux")


def test_auto_takes_the_first_that_can() -> None:
    assert choose("auto", HERE) is next(runner for runner in AUTOMATIC if runner.refusal(HERE) is None)
    assert choose("namespaces", HERE).name == "namespaces"


def test_names_are_distinct_and_known() -> None:
    assert len({runner.name for runner in RUNNERS}) == len(RUNNERS)
    with pytest.raises(UsageError, match="no runner 'lxc'"):
        choose("lxc", HERE)


@pytest.mark.parametrize("name", ["auto", "crun", "runc", "namespaces"])
def test_a_foreign_machine_is_refused(name: str) -> None:
    foreign = "arm64" if machine() == "amd64" else "amd64"
    with pytest.raises(CannotError, match=f"the image is for {foreign}, and this machine is {machine()}") as caught:
        choose(name, Config(architecture=foreign, os="linux"))
    assert "--platform" in caught.value.hint
    with pytest.raises(CannotError, match="for windows"):
        choose(name, Config(architecture=machine(), os="windows"))


@pytest.mark.skipif(machine() != "amd64", reason="i386 runs on amd64")
def test_i386_runs_on_amd64() -> None:
    assert choose("namespaces", Config(architecture="386", os="linux"))


def test_a_runtime_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    proc.user_namespace()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose("auto", HERE).name == "namespaces"
    with pytest.raises(CannotError, match="crun is not installed"):
        choose("crun", HERE)


def test_without_subuids_only_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proc, "identity", lambda: proc.Identity("single", ((0, 1000, 1),), ((0, 1000, 1),)))
    with pytest.raises(CannotError, match="install uidmap") as caught:
        choose("auto", Config(architecture=machine(), os="linux", config=RunConfig(user="app")))
    assert "uidmap" in caught.value.hint
    for user in ("", "0", "root", "0:0"):
        assert choose("namespaces", Config(architecture=machine(), os="linux", config=RunConfig(user=user)))
