"""What all commands understand, and which arguments nobody else of the machine sees."""

from pathlib import Path

import pytest

from shave.builders.command import lacking, numbers, options, worked
from shave.builders.docker_buildx import _SINCE
from shave.builders.protocol import Order
from shave.builders.storage import named
from shave.supervised import Work, never


def test_options() -> None:
    order = Order("FROM x", Path("/context"), "lab:x", Path("/log"), "stage", (("TOKEN", "secret"),), "host")
    words = "--file - --tag t --target stage --network host --build-arg TOKEN /context"
    assert " ".join(options(order, "t", {})) == words


@pytest.mark.parametrize("name", ["PATH", "DOCKER_HOST", "LD_PRELOAD", "http_proxy", "a b", "SET", "GODEBUG"])
def test_arguments_that_a_builder_would_take_for_its_own(name: str) -> None:
    order = Order("FROM x", Path("/context"), "lab:x", Path("/log"), arguments=((name, "value"),))
    assert f"{name}=value" in list(options(order, "t", {"SET": "1"}))


def test_versions() -> None:
    assert [numbers(text) for text in ("20.10.24+dfsg1", "1.39", "29")] == [(20, 10), (1, 39), (29,)]
    asked = frozenset(_SINCE)
    assert lacking(asked, _SINCE, "29.1.0") == frozenset()
    assert lacking(asked, _SINCE, "28.4.0") == {"exclude", "parents"}
    assert lacking(asked, _SINCE, "19.03.15") == asked


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 3", "sh ended with status 3"),
        ("echo a.c: error: no; exit 3", "a.c: error: no"),
        ("echo error: soon; yes | head -c 100000; exit 1", "y"),
        ("kill -9 $$", "sh ended with status -9"),
    ],
)
def test_what_a_program_came_to(tmp_path: Path, script: str, message: str) -> None:
    outcome = worked(Work(("sh", "-c", script), tmp_path / "log", 60), "oci:x", never)
    assert (outcome.reference, outcome.message) == ("", message)


@pytest.mark.parametrize(
    ("tag", "name"),
    [("hello:c", "localhost/hello:c"), ("a/b:c", "localhost/a/b:c"), ("localhost/b:c",) * 2, ("r.io:5/b:c",) * 2],
)
def test_names_in_a_storage(tag: str, name: str) -> None:
    assert named(tag) == name
