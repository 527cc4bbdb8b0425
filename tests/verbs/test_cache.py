"""What is kept, as a value."""

from pathlib import Path

import pytest

from shave import cache
from shave.cache import BLOBS, LAYERS, PLANS
from shave.errors import CannotError
from shave.verbs.cache import bound, clear, show

DIGEST = "sha256:" + "0" * 64


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for number, shelf in enumerate((LAYERS, BLOBS, PLANS), 1):
        cache.put(shelf, cache.place(shelf, DIGEST), bytes(number * 10))
    return tmp_path


def test_every_shelf_is_shown(home: Path) -> None:
    assert [(kept.name, kept.files, kept.bytes) for kept in show().shelves] == [
        ("layers", 1, 10),
        ("blobs", 1, 20),
        ("files", 0, 0),
        ("lists", 0, 0),
        ("plans", 1, 30),
    ]
    assert show().shelves[1].path == f"{home}/cache/shave/blobs/v1"


def test_clearing_spares_what_cannot_be_made_again() -> None:
    cleared = clear()
    assert (cleared.deleted_files, cleared.deleted_bytes) == (2, 30)
    assert [kept.files for kept in cleared.shelves] == [0, 0, 0, 0, 1]
    assert clear("plans").deleted_bytes == 30


def test_one_shelf() -> None:
    assert [kept.files for kept in clear("blobs").shelves] == [1, 0, 0, 0, 1]


def test_a_smaller_bound_is_kept_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bound().deleted_files == 0
    monkeypatch.setenv(cache.BOUND, "190")
    assert bound().deleted_files == 0
    monkeypatch.setenv(cache.BOUND, "189")
    assert [kept.files for kept in bound().shelves] == [0, 1, 0, 0, 1]


def test_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.delenv("XDG_CACHE_HOME")
    with pytest.raises(CannotError, match="no place for a cache"):
        show()
