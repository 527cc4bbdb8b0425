"""What is expected of variants, and what came true."""

import pytest

from shave.lab import BuildRecord, DockerfileBuild, Expectation, RunRecord, Variant
from shave.verbs.lab_held import missed

BUILT = BuildRecord("a.b", "", "built", 1.0)
FAILED = BuildRecord("a.b", "", "failed", 1.0)
SKIPPED = BuildRecord("a.b", "", "skipped", 0.0)
LATE = BuildRecord("a.b", "", "timeout", 1.0)
WORKS = RunRecord("a.b", "", "works")
NO_LOADER = RunRecord("a.b", "", "fails", observed="loader-missing")
NOT_RUN = RunRecord("a.b", "", "not run")

CASES = [
    (None, None, None, ""),
    (None, SKIPPED, None, ""),
    (None, FAILED, None, "it cannot be built"),
    (None, LATE, None, "it cannot be built"),
    (None, BUILT, NO_LOADER, ""),
    (Expectation("build-fails"), FAILED, None, ""),
    (Expectation("build-fails"), BUILT, WORKS, "it builds"),
    (Expectation("ok"), BUILT, None, ""),
    (Expectation("ok"), BUILT, NOT_RUN, ""),
    (Expectation("ok"), BUILT, WORKS, ""),
    (Expectation("ok"), BUILT, NO_LOADER, "it fails: loader-missing"),
    (Expectation("run-fails"), FAILED, None, "it cannot be built"),
    (Expectation("run-fails"), BUILT, WORKS, "it works"),
    (Expectation("run-fails"), BUILT, NO_LOADER, ""),
    (Expectation("run-fails", "loader-missing"), BUILT, NO_LOADER, ""),
    (Expectation("run-fails", "shell-missing"), BUILT, NO_LOADER, "it fails of loader-missing, not of shell-missing"),
]


@pytest.mark.parametrize(("expected", "built", "ran", "words"), CASES)
def test_missed(expected: Expectation | None, built: BuildRecord | None, ran: RunRecord | None, words: str) -> None:
    variant = Variant("a.b", "a", "b", "", DockerfileBuild("Dockerfile.a.b", ""), expected=expected)
    assert missed(variant, built, ran) == words
