"""Clients for tests: in a hurry, and knowing nothing of this machine's user."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from shave.events import silent
from shave.net import Patience, Web
from shave.registry.repository import Repository
from shave.registry.session import Place, connect

HASTE = Patience(connect=2, stall=0.5, attempts=3, first_pause=0.01, longest_pause=2)
Connected = Callable[..., Repository]


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "DOCKER_CONFIG"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("REGISTRY_AUTH_FILE", "CONTAINERS_REGISTRIES_CONF", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def connected() -> Iterator[Connected]:
    """Gives a repository of a registry, with the actions it is for."""
    with ExitStack() as closing:

        def make(host: str, repository: str = "app", actions: str = "pull,push", **more: Path) -> Repository:
            web = closing.enter_context(Web(False, silent, HASTE))
            scopes = (f"repository:{repository}:{actions}",)
            return Repository(connect(web, Place(host, repository), more.get("authfile"), scopes))

        yield make
