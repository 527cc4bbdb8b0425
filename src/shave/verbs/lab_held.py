"""Whether what is expected of a variant came true."""

from shave.lab import BuildRecord, Expectation, RunRecord, Variant


def missed(variant: Variant, built: BuildRecord | None, ran: RunRecord | None) -> str:
    """How it is otherwise than expected, in a few words; "" if it is as expected, or not known yet."""
    if built is None or built.outcome == "skipped":
        return ""
    expected = variant.expected
    if expected and expected.outcome == "build-fails":
        return "it builds" if built.outcome == "built" else ""
    if built.outcome != "built":
        return "it cannot be built"
    if expected is None or ran is None or ran.verdict == "not run":
        return ""
    return _missed_run(expected, ran)


def _missed_run(expected: Expectation, ran: RunRecord) -> str:
    """A run that fails in another way than expected missed it too; so does a cause that doctor had not named."""
    if expected.outcome == "ok":
        return f"it fails: {ran.observed}" if ran.verdict == "fails" else ""
    if ran.verdict == "works":
        return "it works"
    if expected.cause and ran.observed != expected.cause:
        return f"it fails of {ran.observed}, not of {expected.cause}"
    return ""
