"""What was expected of a variant, and whether it came true."""

import pytest

from shave.lab import BuildRecord, Expectation, RunRecord
from shave.verbs.lab_judged import judged

OK, NO_BUILD, NO_RUN = Expectation("ok"), Expectation("build-fails"), Expectation("run-fails")
NO_LOADER = Expectation("run-fails", "loader-missing")
BUILT = BuildRecord("a", "sha256:1", "built", 1.0, "oci:a", "sha256:2")
FAILED = BuildRecord("a", "sha256:1", "failed", 1.0, message="exit status 2")
TIMEOUT = BuildRecord("a", "sha256:1", "timeout", 9.0, message="it had 9 s")
SKIPPED = BuildRecord("a", "sha256:1", "skipped", 0.0, message="b was not built")
WORKS = RunRecord("a", "sha256:2", "works")
FAILS = RunRecord("a", "sha256:2", "fails", observed="loader-missing", message="no /lib64/ld.so")
NOT_RUN = RunRecord("a", "sha256:2", "not run", message="no runner")


@pytest.mark.parametrize(
    ("expected", "build", "run", "held", "why"),
    [
        (OK, None, None, None, "not built yet"),
        (OK, BUILT, None, None, "not run yet"),
        (OK, BUILT, NOT_RUN, None, "no runner"),
        (OK, BUILT, WORKS, True, ""),
        (OK, BUILT, FAILS, False, "it has to work: no /lib64/ld.so"),
        (OK, FAILED, None, False, "it has to be built: exit status 2"),
        (OK, SKIPPED, None, None, "b was not built"),
        (NO_BUILD, FAILED, None, True, ""),
        (NO_BUILD, TIMEOUT, None, False, "it had 9 s"),
        (NO_BUILD, SKIPPED, None, None, "b was not built"),
        (NO_BUILD, BUILT, WORKS, False, "its build has to fail: it was built"),
        (NO_RUN, BUILT, FAILS, True, ""),
        (NO_LOADER, BUILT, FAILS, True, ""),
        (NO_LOADER, BUILT, WORKS, False, "it has to fail of loader-missing: it works"),
        (NO_RUN, BUILT, WORKS, False, "it has to fail: it works"),
        (
            Expectation("run-fails", "shell-missing"),
            BUILT,
            FAILS,
            False,
            "it has to fail of shell-missing: it failed of loader-missing",
        ),
        (None, BUILT, FAILS, None, ""),
        (None, FAILED, None, False, "it has to be built: exit status 2"),
        (None, TIMEOUT, None, False, "it has to be built: it had 9 s"),
    ],
)
def test_judged(
    expected: Expectation | None, build: BuildRecord | None, run: RunRecord | None, held: bool | None, why: str
) -> None:
    found = judged(expected, build, run)
    assert (found.held, found.why) == (held, why)
