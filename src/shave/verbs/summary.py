"""What a slimming came to, as one value: what the terminal, Markdown and JSON show."""

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

from shave.plan import Grain, Kept, Listing, Plan, Price, UnitFate
from shave.probe import HEALTHCHECK, START, Verdict
from shave.reason import foremost
from shave.recording import Moved, Stale
from shave.sizes import Sizes
from shave.verbs.groups import group_bytes
from shave.verbs.lookups import FILE
from shave.verbs.repair import Round
from shave.verbs.reuse import Reuse
from shave.verbs.slim import Outcome, Slimmed


class GroupRow(Struct, frozen=True):
    """One group of paths: bytes and files kept, bytes dropped, and why its files are kept, most frequent reason
    first.
    """

    name: str
    kept_bytes: int
    kept_files: int
    dropped_bytes: int
    because: tuple[tuple[str, int], ...]


class Summary(Struct, frozen=True):
    """``shave.slim/v1``: references, sizes, grain, verdict, rounds of repair, groups, seconds per stage, where things
    are, one next step; what of given evidence is elsewhere in this image, or not in it; what each grain keeps, what
    became of each unit, and which directories that a run listed lose entries; what was taken over of a previous result.
    """

    input: str
    output: str
    outcome: Outcome
    changed: bool
    original: Sizes
    result: Sizes | None
    grain: Grain
    asked_grain: Grain
    thin: bool
    runner: str
    tracer: str
    verdict: Verdict | None
    rounds: tuple[Round, ...]
    groups: tuple[GroupRow, ...]
    seconds: dict[str, float]
    report: str
    next: str
    moved: tuple[Moved, ...] = ()
    stale: tuple[Stale, ...] = ()
    prices: tuple[Price, ...] = ()
    units: tuple[UnitFate, ...] = ()
    listings: tuple[Listing, ...] = ()
    reuse: Reuse | None = None


def summarise(slimmed: Slimmed, *, reference: str, output: str, seconds: Mapping[str, float], report: str) -> Summary:
    """The summary of a finished slimming. ``output`` and ``report`` are "" where nothing was written."""
    plan = slimmed.plan
    return Summary(
        reference,
        output,
        slimmed.outcome,
        slimmed.outcome == "slimmed",
        slimmed.original,
        slimmed.result,
        plan.grain,
        plan.asked,
        plan.thin,
        slimmed.runner,
        slimmed.evidence.tracer,
        slimmed.verdict,
        slimmed.rounds,
        group_rows(plan),
        {stage: round(amount, 3) for stage, amount in seconds.items()},
        report,
        _next(slimmed, reference, output),
        slimmed.moved,
        slimmed.stale,
        plan.prices,
        tuple(unit for unit in plan.units if unit.kept_files or unit.dropped_files),
        plan.listings,
        slimmed.reuse,
    )


def group_rows(plan: Plan) -> tuple[GroupRow, ...]:
    """The groups that keep or lose bytes, the most kept first."""
    because: dict[str, Counter[str]] = {}
    for kept in plan.kept:
        if kept.bytes:
            because.setdefault(kept.group, Counter())[foremost(kept.reasons).because] += 1
    return tuple(
        GroupRow(name, kept, files, dropped, tuple(because.get(name, Counter()).most_common()))
        for name, (kept, dropped, files) in group_bytes(plan).items()
        if kept or dropped
    )


def _next(slimmed: Slimmed, reference: str, output: str) -> str:
    """One thing worth doing now."""
    if slimmed.outcome == "planned":
        named = reference.startswith("docker-daemon:") and "sha256:" not in reference
        return f"shave slim {reference}" if named else f"shave slim {reference} -o REF"
    if slimmed.outcome == "refused":
        return _after_refusal(slimmed.verdict)
    if slimmed.plan.thin:
        return "give a command after -- or a [[probe]] in shave.toml: the default start showed too little to drop more"
    if slimmed.plan.grain == "file" and slimmed.verdict and _only_started(slimmed.verdict):
        return "say in shave.toml what else it must do, as [[probe]], or keep more with --app: only its start was asked"
    largest = max(slimmed.plan.kept, key=_bytes, default=None)
    return f"shave why {output or reference} /{largest.path if largest else ''}"


def _after_refusal(verdict: Verdict | None) -> str:
    if verdict and verdict.verdict == "unknown" and not _lacks_files(verdict):
        return "ask for what is the same each time (-- ARG..., [[probe]]), or judge it and give --allow-unverified"
    return "look at the witness above; keep what is missing with --keep GLOB, or add a probe that uses it"


def _lacks_files(verdict: Verdict) -> bool:
    return any(witness.field == FILE for judged in verdict.judgements for witness in judged.witnesses)


def _only_started(verdict: Verdict) -> bool:
    return {judged.probe for judged in verdict.judgements} <= {START, HEALTHCHECK}


def _bytes(kept: Kept) -> int:
    return kept.bytes
