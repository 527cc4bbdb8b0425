"""``shave cache`` from the outside."""

import json
from pathlib import Path

import pytest

from cli import Shave, layout, shell_layers


@pytest.fixture
def warm(shave: Shave, tmp_path: Path) -> int:
    """The number of layers that the cache knows after a verb."""
    original = layout(tmp_path / "original", *shell_layers())
    assert shave("why", original, "/bin/sh").code == 0
    return 2


def test_what_a_verb_leaves_is_shown_and_cleared(shave: Shave, warm: int) -> None:
    done = shave("cache")
    assert done.code == 0, done.err
    head, layers, *_, following = done.out.splitlines()
    assert head.split() == ["what", "files", "bytes", "bound", "where"]
    assert layers.split()[:2] == ["layers", str(warm)]
    assert following == "next: shave cache clear"
    done = shave("cache", "clear", "layers")
    assert done.out.startswith(f"deleted {warm} files, ")
    assert "next:" not in done.out


@pytest.mark.usefixtures("warm")
def test_what_was_just_cleared_is_not_advised(shave: Shave, tmp_path: Path) -> None:
    for file in list((tmp_path / "xdg_cache_home").rglob("layers/**/*"))[-1:]:
        file.unlink()
    plan = tmp_path / "xdg_state_home/shave/plans/kept"
    plan.parent.mkdir(parents=True)
    plan.write_bytes(b"{}")
    done = shave("cache", "clear")
    assert done.out.startswith("deleted 1 file, ")
    assert "next:" not in done.out + shave("cache").out


def test_as_json(shave: Shave, warm: int) -> None:
    answer = json.loads(shave("cache", "--format", "json").out)
    assert answer["schema"] == "shave.cache/v1"
    assert [(kept["name"], kept["files"]) for kept in answer["shelves"]] == [
        ("layers", warm),
        ("blobs", 0),
        ("files", 0),
        ("lists", 0),
        ("plans", 0),
    ]
    assert json.loads(shave("cache", "clear", "--format", "json").out)["deleted_files"] == warm


@pytest.mark.usefixtures("warm")
def test_the_bound_of_the_user(shave: Shave) -> None:
    assert "deleted 2 files" in shave("cache", "bound", SHAVE_CACHE_MAX="0").out
    done = shave("cache", SHAVE_CACHE_MAX="1.5 apples")
    assert (done.code, "SHAVE_CACHE_MAX is '1.5 apples'" in done.err) == (2, True)


def test_what_a_killed_shave_left_goes(shave: Shave, tmp_path: Path) -> None:
    dead = tmp_path / "xdg_cache_home" / "shave" / "work" / "work-dead"
    (dead / "deep").mkdir(parents=True)
    assert shave("cache").code == 0
    assert not dead.exists()


@pytest.mark.parametrize("words", [("clear", "everything"), ("show", "layers"), ("bound", "layers"), ("lose",)])
def test_refusals(shave: Shave, words: tuple[str, ...]) -> None:
    assert shave("cache", *words).code == 2
