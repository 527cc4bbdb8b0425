"""What ``shave lab build`` and ``shave lab run`` came to, beside what was expected."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from shave.lab import BuildRecord, Expectation, Lab, RunRecord
from shave.verbs.lab_judged import Judged, judged


class BuiltRow(Struct, frozen=True):
    """A variant, its build, and what was expected, "" where nobody said."""

    variant: str
    build: BuildRecord
    expected: str
    judged: Judged


class Builds(Struct, frozen=True):
    """``shave.lab-build/v1``: the variants that were asked for, in the order of building."""

    lab: str
    variants: tuple[BuiltRow, ...]
    next: str


class RanRow(Struct, frozen=True):
    """A variant, its run, and what was expected, "" where nobody said."""

    variant: str
    run: RunRecord
    expected: str
    judged: Judged


class Runs(Struct, frozen=True):
    """``shave.lab-run/v1``: the variants that were run."""

    lab: str
    variants: tuple[RanRow, ...]
    next: str


def built(lab: Lab, records: Iterable[BuildRecord], place: str) -> Builds:
    """The records beside what was expected. ``place`` is the directory of the lab, for the next step."""
    variants = {variant.name: variant for variant in lab.variants}
    rows = (
        BuiltRow(record.variant, record, worded(variant.expected), judged(variant.expected, record, None))
        for record in records
        if (variant := variants.get(record.variant))
    )
    return Builds(lab.name, tuple(rows), f"shave lab run {place}")


def ran(lab: Lab, builds: Mapping[str, BuildRecord], records: Iterable[RunRecord], place: str) -> Runs:
    """The records beside what was expected."""
    variants = {variant.name: variant for variant in lab.variants}
    rows = (
        RanRow(
            record.variant,
            record,
            worded(variant.expected),
            judged(variant.expected, builds.get(record.variant), record),
        )
        for record in records
        if (variant := variants.get(record.variant))
    )
    return Runs(lab.name, tuple(rows), f"shave lab report {place}")


def worded(expected: Expectation | None) -> str:
    """An expectation as lab.toml says it; "" for none."""
    if expected is None:
        return ""
    return f"{expected.outcome}:{expected.cause}" if expected.cause else expected.outcome
