"""How an engine is found, and what is said when none answers."""

import hashlib
import json
from pathlib import Path

import pytest

from shave.engine import connect, has_image
from shave.errors import CannotError


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))


def context(directory: Path, name: str, host: str) -> None:
    """A Docker context as ``docker context create`` writes it."""
    place = directory / "contexts/meta" / hashlib.sha256(name.encode()).hexdigest()
    place.mkdir(parents=True)
    meta = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}}}
    (place / "meta.json").write_text(json.dumps(meta))


@pytest.mark.parametrize("variable", ["DOCKER_HOST", "CONTAINER_HOST"])
def test_a_dead_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str) -> None:
    monkeypatch.setenv(variable, f"unix://{tmp_path}/none.sock")
    with pytest.raises(
        CannotError, match=r"engine at unix://.*/none\.sock failed: No such file or directory$"
    ) as caught:
        has_image("app")
    assert "DOCKER_HOST" in caught.value.hint


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://", "tcp://"])
def test_addresses_of_no_engine(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", address)
    with pytest.raises(CannotError):
        has_image("app")


def test_contexts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    context(tmp_path, "far", f"unix://{tmp_path}/far.sock")
    monkeypatch.setenv("DOCKER_CONTEXT", "far")
    monkeypatch.setenv("CONTAINER_HOST", "unix:///not/this.sock")
    with pytest.raises(CannotError, match=r"far\.sock"):
        has_image("app")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/first.sock")
    with pytest.raises(CannotError, match=r"first\.sock"):
        has_image("app")


def test_the_current_context(tmp_path: Path) -> None:
    context(tmp_path, "far", f"unix://{tmp_path}/far.sock")
    (tmp_path / "config.json").write_text('{"currentContext": "far"}')
    with pytest.raises(CannotError, match=r"far\.sock"):
        has_image("app")


def test_a_context_that_is_not_there_or_broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "none")
    with pytest.raises(CannotError, match="no Docker context 'none'"):
        has_image("app")
    context(tmp_path, "none", "unix:///x")
    next(tmp_path.rglob("meta.json")).write_text("{")
    with pytest.raises(CannotError, match="context none cannot be read"):
        has_image("app")


@pytest.mark.engine
def test_a_living_engine() -> None:
    with connect() as engine:
        assert engine.client.api.api_version
        assert engine.image("shave-test/there-is-no-such-image") is None
        with pytest.raises(CannotError, match="refused the image"):
            engine.load([b"this is no tar"])
