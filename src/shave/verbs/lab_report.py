"""``shave lab report``: what every variant came to, which of them are worth having, and what of it was expected."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from shave.lab import BuildRecord, Lab, RunRecord, Variant
from shave.verbs.lab_bases import base
from shave.verbs.lab_judged import judged
from shave.verbs.lab_reported import PARTS, Change, LabRow, Program, Report, Stored
from shave.verbs.lab_techniques import NOTICED_SECONDS, Measured, techniques
from shave.verbs.lab_weighing import Weighed
from shave.verbs.pull import MODEL, Link
from shave.verbs.size import Row, Sized, size

_SOONER = 0.9
"""Only what takes less than this part of another's time, and noticeably less, starts sooner: two runs of one image
differ too."""
_SHARES = 0.99
"""Only what is stored in less than this part of its bytes shares something."""
T = TypeVar("T", int, float)


class _Known(Struct, frozen=True):
    """All that is known of one variant. ``run`` is None unless it is of the image that was built."""

    variant: Variant
    build: BuildRecord | None
    run: RunRecord | None
    weighed: Weighed | None
    sizes: Row | None

    @property
    def name(self) -> str:
        return self.variant.name

    @property
    def packed_bytes(self) -> int:
        return self.sizes.packed_bytes if self.sizes else 0

    @property
    def works(self) -> bool:
        return self.run is not None and self.run.verdict == "works"


def report(
    lab: Lab,
    builds: Mapping[str, BuildRecord],
    runs: Mapping[str, RunRecord],
    weighed: Mapping[str, Weighed],
    links: Sequence[Link] = (),
    compression: str = "",
    previous: Report | None = None,
    place: str = ".",
) -> Report:
    """What is known by now of all variants, programs together.

    ``links`` are those over which pull times are asked, ``compression`` is what images were weighed in besides,
    ``previous`` an older report that this one is compared with, ``place`` the lab's directory, for the next step.
    """
    variants = _together(lab)
    sized = _sized([weighed[each.name] for each in variants if each.name in weighed], links)
    sizes = iter(sized.images if sized else ())
    known = [_known(each, builds, runs, weighed, next(sizes) if each.name in weighed else None) for each in variants]
    programs = tuple(_programs(lab, known))
    before = {row.variant: row for row in previous.rows} if previous else {}
    rows = tuple(_rows(known, programs, before))
    return Report(
        lab.name,
        rows,
        programs,
        techniques({each.name: Measured(each.variant, each.weighed, each.run) for each in known if each.weighed}),
        compression,
        MODEL if links else None,
        tuple(each.name for each in known if each.sizes),
        sized.sharing if sized else None,
        tuple(_stored(known)),
        previous is not None,
        tuple(name for name in before if name not in {row.variant for row in rows}),
        _next(rows, place),
    )


def _together(lab: Lab) -> list[Variant]:
    order = list(dict.fromkeys(variant.program for variant in lab.variants))
    return sorted(lab.variants, key=lambda variant: order.index(variant.program))


def _sized(weighed: Iterable[Weighed | None], links: Sequence[Link] = ()) -> Sized | None:
    weights = [each.weight for each in weighed if each]
    return size(weights, links=links) if weights else None


def _known(
    variant: Variant,
    builds: Mapping[str, BuildRecord],
    runs: Mapping[str, RunRecord],
    weighed: Mapping[str, Weighed],
    sizes: Row | None,
) -> _Known:
    build, run = builds.get(variant.name), runs.get(variant.name)
    is_of_build = build is not None and run is not None and run.digest == build.digest
    return _Known(variant, build, run if is_of_build else None, weighed.get(variant.name), sizes)


def _programs(lab: Lab, known: Sequence[_Known]) -> Iterator[Program]:
    for name in dict.fromkeys(each.variant.program for each in known):
        variants = [each for each in known if each.variant.program == name]
        images = sorted((each for each in variants if each.sizes), key=lambda each: each.packed_bytes)
        works = [each for each in images if each.works]
        largest = (works or images)[-1].name if images else ""
        yield Program(
            name,
            len(variants),
            sum(each.works for each in variants),
            lab.baselines.get(name) or lab.baseline or largest,
            works[0].name if works else "",
            front((each.name, each.packed_bytes, each.run.start_seconds) for each in works if each.run),
        )


def front(points: Iterable[tuple[str, int, float | None]]) -> tuple[str, ...]:
    """The names of those that no other beats in packed bytes and seconds of start, the smallest first.

    >>> front([("small", 10, 0.2), ("quick", 20, 0.1), ("neither", 20, 0.19)])
    ('small', 'quick')
    """
    found: list[str] = []
    soonest = float("inf")
    for _, seconds, name in sorted((packed, at, name) for name, packed, at in points if at is not None):
        if seconds < min(_SOONER * soonest, soonest - NOTICED_SECONDS):
            found.append(name)
            soonest = seconds
    return tuple(found)


def _rows(known: Sequence[_Known], programs: Sequence[Program], before: Mapping[str, LabRow]) -> Iterator[LabRow]:
    packed = {each.name: each.packed_bytes for each in known}
    by_name = {program.name: program for program in programs}
    for each in known:
        program = by_name[each.variant.program]
        yield _row(each, program, packed.get(program.baseline, 0), before.get(each.name))


def _row(known: _Known, program: Program, baseline_bytes: int, before: LabRow | None) -> LabRow:
    variant, build, run = known.variant, known.build, known.run
    row = LabRow(
        variant.name,
        variant.program,
        base(variant),
        build.outcome if build else "not built",
        run.verdict if run else "not run",
        variant.expected,
        judged(variant.expected, build, run),
        (run.message if run else "") or (build.message if build else ""),
        is_front=variant.name in program.front,
        change=_change(known, before) if before else None,
    )
    return _with_sizes(_with_run(_with_build(row, build), run), known, baseline_bytes)


def _with_build(row: LabRow, build: BuildRecord | None) -> LabRow:
    if build is None:
        return row
    return replace(row, build_seconds=build.seconds, reference=build.reference, digest=build.digest)


def _with_run(row: LabRow, run: RunRecord | None) -> LabRow:
    if run is None:
        return row
    return replace(
        row,
        start_seconds=run.start_seconds,
        peak_memory_bytes=run.peak_memory_bytes,
        predicted=run.predicted,
        observed=run.observed,
    )


def _with_sizes(row: LabRow, known: _Known, baseline_bytes: int) -> LabRow:
    sizes, weighed = known.sizes, known.weighed
    if sizes is None or weighed is None:
        return row
    return replace(
        row,
        layers=sizes.layers,
        packed_bytes=sizes.packed_bytes,
        repacked_bytes=weighed.repacked_bytes,
        unpacked_bytes=sizes.unpacked_bytes,
        content_bytes=sizes.content_bytes,
        ratio=round(sizes.packed_bytes / baseline_bytes, 6) if baseline_bytes else None,
        pulls=sizes.pulls,
        models=weighed.models,
    )


def _change(known: _Known, before: LabRow) -> Change:
    sizes, run = known.sizes, known.run
    return Change(
        _difference(sizes.packed_bytes if sizes else None, before.packed_bytes),
        _difference(sizes.unpacked_bytes if sizes else None, before.unpacked_bytes),
        _difference(run.start_seconds if run else None, before.start_seconds),
        before.verdict,
    )


def _difference(after: T | None, before: T | None) -> T | None:
    return None if after is None or before is None else after - before


def _stored(known: Sequence[_Known]) -> Iterator[Stored]:
    """Of images that do share."""
    for part in PARTS:
        for name in dict.fromkeys(getattr(each.variant, part) for each in known):
            of = [each.weighed for each in known if getattr(each.variant, part) == name and each.weighed]
            sized = _sized(of) if name and len(of) > 1 else None
            if sized and sized.sharing and sized.sharing.stored_bytes < _SHARES * sized.sharing.separate_bytes:
                yield Stored(part, name, len(of), sized.sharing.stored_bytes, sized.sharing.separate_bytes)


def _next(rows: Sequence[LabRow], place: str) -> str:
    """What is otherwise than expected is looked into, what was not done yet is done, the smallest is looked at."""
    doubtful = next((row for row in rows if row.judged.held is False and row.reference), None)
    if doubtful:
        return f"shave doctor {doubtful.reference}"
    if any(row.build == "not built" for row in rows):
        return f"shave lab build {place}"
    if any(row.build == "built" and row.verdict == "not run" for row in rows):
        return f"shave lab run {place}"
    works = sorted((row.packed_bytes, row.reference) for row in rows if row.verdict == "works" and row.packed_bytes)
    return f"shave inspect {works[0][1]}" if works else f"shave lab build {place}"
