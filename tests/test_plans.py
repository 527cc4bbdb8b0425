"""Plans that are remembered, and found again by the digest of either image."""

import os
from pathlib import Path

import pytest

from shave import plans
from shave.plan import Dropped, Kept, Plan
from shave.reason import Reason

DIGESTS = [f"sha256:{number:064}" for number in range(3)]
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
    plans.remember(PLAN, *DIGESTS[:2])
    assert plans.recall(DIGESTS[0]) == plans.recall(DIGESTS[1]) == PLAN
    assert plans.recall(DIGESTS[2]) is None
    assert plans.recall("no digest") is None


def test_a_plan_asked_for_is_one_in_use(state: Path) -> None:
    plans.remember(PLAN, DIGESTS[0])
    (file,) = (state / "shave" / "plans").iterdir()
    os.utime(file, (1, 1))
    assert plans.recall(DIGESTS[0]) == PLAN
    assert file.stat().st_mtime > 1


def test_a_broken_or_unwritable_place_loses_nothing(state: Path) -> None:
    folder = state / "shave" / "plans"
    folder.mkdir(parents=True)
    file = folder / f"{DIGESTS[0].removeprefix('sha256:')}.json"
    file.write_text("{")
    assert plans.recall(DIGESTS[0]) is None
    file.unlink()
    folder.rmdir()
    folder.write_text("in the way")
    plans.remember(PLAN, DIGESTS[0])
    assert plans.recall(DIGESTS[0]) is None
