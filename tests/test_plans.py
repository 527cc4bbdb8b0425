import os
from pathlib import Path

import pytest

from shave import plans
from shave.plan import Dropped, Kept, Plan
from shave.reason import Reason

PLAN = Plan(
    "sha256:aa",
    "file",
    "file",
    False,
    (Kept("bin/\udcff", 1, "programs", (Reason("trace", "opened by start"),)),),
    (Dropped("x", 2, "not used"),),
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def test_a_plan_is_found_by_either_image() -> None:
    plans.remember(PLAN, "sha256:aa", "sha256:bb")
    assert plans.recall("sha256:aa") == plans.recall("sha256:bb") == PLAN
    assert plans.recall("sha256:cc") is None


def test_only_the_newest_are_kept() -> None:
    for number in range(205):
        plans.remember(PLAN, f"sha256:{number:04}")
        os.utime(plans.folder() / f"{number:04}.json", (number, number))
    assert len(list(plans.folder().iterdir())) <= 201
    assert plans.recall("sha256:0204") == PLAN
    assert plans.recall("sha256:0000") is None


def test_a_broken_or_unwritable_place_loses_nothing(state: Path) -> None:
    plans.folder().mkdir(parents=True)
    (plans.folder() / "dd.json").write_text("{")
    assert plans.recall("sha256:dd") is None
    (plans.folder() / "dd.json").unlink()
    plans.folder().rmdir()
    plans.folder().write_text("in the way")
    plans.remember(PLAN, "sha256:aa")
    assert plans.recall("sha256:aa") is None
