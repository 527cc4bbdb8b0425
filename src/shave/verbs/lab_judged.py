"""Whether a variant of a lab came out as it was expected to."""

from msgspec import Struct

from shave.lab import BuildRecord, Expectation, RunRecord


class Judged(Struct, frozen=True):
    """``held`` is None where nothing was expected, or nobody tried; ``why`` says why it is not True, "" where it is."""

    held: bool | None
    why: str = ""


def judged(expected: Expectation | None, build: BuildRecord | None, run: RunRecord | None) -> Judged:
    """What was expected of a variant beside what became of it.

    ``run`` is None unless it is of the image that was built. Where nobody said what is expected, it has to be built.
    """
    if build is None:
        return Judged(None, "not built yet")
    if build.outcome == "skipped":
        return Judged(None, build.message or "its build was not begun")
    if expected and expected.outcome == "build-fails":
        return _no_build(build)
    if build.outcome != "built":
        return Judged(False, f"it has to be built: {build.message or build.outcome}")
    if expected is None:
        return Judged(None)
    if run is None or run.verdict == "not run":
        return Judged(None, run.message if run else "not run yet")
    return _works(run) if expected.outcome == "ok" else _fails(expected, run)


def _no_build(build: BuildRecord) -> Judged:
    """A build that did not end has not been seen to fail."""
    if build.outcome == "failed":
        return Judged(True)
    return Judged(False, "its build has to fail: it was built" if build.outcome == "built" else build.message)


def _works(run: RunRecord) -> Judged:
    return Judged(True) if run.verdict == "works" else Judged(False, f"it has to work: {run.message}")


def _fails(expected: Expectation, run: RunRecord) -> Judged:
    wanted = expected.cause
    if run.verdict == "works":
        return Judged(False, f"it has to fail{f' of {wanted}' if wanted else ''}: it works")
    if wanted in (None, run.observed):
        return Judged(True)
    return Judged(False, f"it has to fail of {wanted}: it failed of {run.observed or 'something unknown'}")
