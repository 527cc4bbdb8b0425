from syrupy.assertion import SnapshotAssertion

from shave.lab import BuildRecord, Expectation, Lab, ReferenceBuild, RunRecord, Variant
from shave.verbs.lab_records import Builds, Runs, built, ran
from shave.views import lab_records

EXPECTED = {
    "go.golang": Expectation("ok"),
    "go.golang.scratch": Expectation("run-fails", "certificates-missing"),
    "go.none": Expectation("build-fails"),
    "go.tiny": None,
}
LAB = Lab("hello", tuple(Variant(name, "go", "", "", ReferenceBuild("oci:a"), "", EXPECTED[name]) for name in EXPECTED))
BUILDS = (
    BuildRecord("go.golang", "i", "built", 71.25, "docker-daemon:hello:go.golang", "sha256:a"),
    BuildRecord("go.golang.scratch", "i", "built", 0.4, "docker-daemon:hello:go.golang.scratch", "sha256:b"),
    BuildRecord("go.none", "i", "built", 0.4, "docker-daemon:hello:go.none", "sha256:c"),
    BuildRecord("go.tiny", "i", "failed", 3.0, log="/state/go.tiny.log", message="no such \x1b[2Jfile: " + "x" * 400),
)
RUNS = (
    RunRecord("go.golang", "sha256:a", "works", 0.0123, 1_500_000),
    RunRecord(
        "go.golang.scratch",
        "sha256:b",
        "fails",
        None,
        None,
        "certificates-missing",
        "zoneinfo-missing",
        "unknown time zone",
    ),
    RunRecord("go.tiny", "sha256:d", "not run", message="there is no image"),
)


def test_builds_have_the_answer_first_and_say_what_failed(snapshot: SnapshotAssertion) -> None:
    assert lab_records.built(built(LAB, BUILDS, "labs/hello")) == snapshot


def test_runs_say_what_was_seen_beside_what_was_foretold(snapshot: SnapshotAssertion) -> None:
    builds = {record.variant: record for record in BUILDS}
    assert lab_records.ran(ran(LAB, builds, RUNS, "labs/hello")) == snapshot


def test_nothing_was_asked_for() -> None:
    assert lab_records.built(Builds("hello", (), "go on")) == "0 of 0 variants are built\n\nnext: go on\n"
    assert lab_records.ran(Runs("hello", (), "go on")) == "0 of 0 variants work\n\nnext: go on\n"
