import pytest
from msgspec.structs import replace

from shave.evidence import Evidence
from shave.plan import Kept, Plan
from shave.probe import Judgement, Verdict
from shave.reason import Reason
from shave.verbs.slim import Slimmed
from shave.verbs.summary import summarise
from summaries import AFTER, BEFORE, DIFFERENT, SAME, UNKNOWN

USED = (Reason("trace", "opened by start"),)
PLAN = Plan(
    "sha256:0", "file", "file", False, (Kept("bin/a", 2, "programs", USED), Kept("bin/b", 3, "programs", USED)), ()
)
DONE = Slimmed("slimmed", None, BEFORE, PLAN, Evidence("sha256:0", "seccomp"), "crun", AFTER, SAME)
STARTED = Verdict("same", (Judgement("start", "same"), Judgement("healthcheck", "same")))


@pytest.mark.parametrize(
    ("slimmed", "step"),
    [
        (DONE, "shave why oci:out /bin/b"),
        (replace(DONE, outcome="unchanged", verdict=None), "shave why oci:out /bin/b"),
        (replace(DONE, verdict=STARTED), "only its start was asked"),
        (replace(DONE, verdict=STARTED, plan=replace(PLAN, grain="waste")), "shave why oci:out /bin/b"),
        (replace(DONE, outcome="refused", verdict=DIFFERENT), "--keep GLOB"),
        (replace(DONE, outcome="refused", verdict=UNKNOWN), "--allow-unverified"),
    ],
)
def test_one_next_step(slimmed: Slimmed, step: str) -> None:
    assert step in next_step(slimmed, "oci:in", "oci:out")


@pytest.mark.parametrize(
    ("reference", "step"),
    [
        ("docker-daemon:app:1", "shave slim docker-daemon:app:1"),
        ("docker-daemon:sha256:" + "0" * 64, "shave slim docker-daemon:sha256:" + "0" * 64 + " -o REF"),
        ("oci:dir", "shave slim oci:dir -o REF"),
    ],
)
def test_after_a_plan_the_same_without_dry_run(reference: str, step: str) -> None:
    assert next_step(replace(DONE, outcome="planned", result=None, verdict=None), reference) == step


def next_step(slimmed: Slimmed, reference: str, output: str = "") -> str:
    return summarise(slimmed, reference=reference, output=output, seconds={}, report="").next
