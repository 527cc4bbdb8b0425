from syrupy.assertion import SnapshotAssertion

from shave.evidence import Version
from shave.verbs.trace import ProbeRow, TraceSummary
from shave.views import trace


def test_the_answer(snapshot: SnapshotAssertion) -> None:
    summary = TraceSummary(
        input="oci:dir:app",
        paths=1204,
        how=(("opened", 800), ("stat", 404)),
        probes=(ProbeRow("start", 1200), ProbeRow("tests", 4, "the script's exit status is 1", "one\nFAILED \x1b two")),
        groups=tuple((f"group {number}", 20 - number) for number in range(14)),
        packages=tuple(Version(f"dpkg:lib{number}:amd64", f"{number}.0-1") for number in range(13)),
        thin=False,
        runner="crun",
        tracer="seccomp",
        written="app.evidence",
        new_paths=3,
        all_paths=1300,
        seconds={},
        next="look at the probe that fails",
    )
    assert trace.text(summary) == snapshot


def test_the_answer_without_a_file_or_packages(snapshot: SnapshotAssertion) -> None:
    start = (ProbeRow("start", 1),)
    summary = TraceSummary(
        "oci:a", 1, (("executed", 1),), start, (("programs", 1),), (), True, "crun", "strace", "", 0, 0, {}, "give more"
    )
    assert trace.text(summary) == snapshot
