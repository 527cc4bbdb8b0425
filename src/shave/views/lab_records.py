"""What was built and run of a lab, for the terminal: the answer first, then a line for each variant."""

from collections.abc import Iterator, Sequence

from shave.lab import RunRecord
from shave.verbs.lab_records import Builds, BuiltRow, RanRow, Runs
from shave.views.columns import columns
from shave.views.visible import shortened, visible

_WIDTH = 300


def built(builds: Builds) -> str:
    """The builds."""
    rows = [(row.variant, row.build.outcome, f"{row.build.seconds:.1f} s") for row in builds.variants]
    done = sum(row.build.outcome == "built" for row in builds.variants)
    lines = [f"{done} of {len(rows)} variants are built{_held(builds.variants)}"]
    if rows:
        lines += ["", *columns([("variant", "outcome", "time"), *rows], right=(2,))]
    lines += [line for row in builds.variants for line in _failure(row)]
    return _shown(lines, builds.next)


def ran(runs: Runs) -> str:
    """The runs."""
    rows = [(row.variant, row.run.verdict, *_figures(row.run), _cause(row.run)) for row in runs.variants]
    works = sum(row.run.verdict == "works" for row in runs.variants)
    lines = [f"{works} of {len(rows)} variants work{_held(runs.variants)}"]
    if rows:
        head = ("variant", "verdict", "start", "memory", "cause")
        lines += ["", *columns([head, *rows], right=(2, 3))]
    for row in runs.variants:
        if row.run.message or row.judged.held is False:
            lines += ["", f"{row.variant}: {_wrong(row) or shortened(row.run.message, _WIDTH)}"]
    return _shown(lines, runs.next)


def _held(rows: Sequence[BuiltRow | RanRow]) -> str:
    if missed := sum(row.judged.held is False for row in rows):
        return f"; {missed} otherwise than expected"
    return ", all as expected" if any(row.expected for row in rows) else ""


def _failure(row: BuiltRow) -> Iterator[str]:
    if row.build.outcome != "built" or row.judged.held is False:
        yield ""
        yield f"{row.variant}: {_wrong(row) or shortened(row.build.message, _WIDTH)}"
        if row.build.log:
            yield f"  {row.build.log}"


def _wrong(row: BuiltRow | RanRow) -> str:
    return f"expected {row.expected or 'to be built'}: {row.judged.why}" if row.judged.held is False else ""


def _figures(run: RunRecord) -> tuple[str, str]:
    start = "" if run.start_seconds is None else f"{run.start_seconds:.3f} s"
    return start, "" if run.peak_memory_bytes is None else f"{run.peak_memory_bytes / 1e6:.1f} MB"


def _cause(run: RunRecord) -> str:
    """What was seen, and what doctor had said where that is something else."""
    if run.predicted == run.observed or run.verdict == "not run":
        return run.observed or ""
    return f"{run.observed or 'none'} (doctor: {run.predicted or 'nothing stops it'})"


def _shown(lines: Sequence[str], following: str) -> str:
    return visible("\n".join([*lines, "", f"next: {following}"])) + "\n"
