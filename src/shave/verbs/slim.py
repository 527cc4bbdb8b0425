"""trace → plan → build → verify → repair: a smaller image that answered the same probes in the same way.

The order of starts departs from the design page: the traced run is the first, because only a trace knows when a program
without a port is ready; the untraced second run and the result wait as long (docs/decisions).
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Literal

from msgspec import Struct, structs

from shave.catalog import catalog
from shave.config import Settings
from shave.events import Event as Told
from shave.events import Priced, Remark, Sink, stage
from shave.evidence import Evidence
from shave.image import Image
from shave.plan import Plan
from shave.probe import START, Session, Verdict
from shave.probes.session import run
from shave.recording import Moved, Stale
from shave.release import Release, release
from shave.sizes import Sizes, sizes
from shave.store import Unpacked, unpack
from shave.verbs.attempt import FIRST, Basis, Case, Tools, Wanted, attempted, built, made, planned, traced
from shave.verbs.evidence import carried_over
from shave.verbs.explained import explained
from shave.verbs.repair import Round, repair
from shave.verbs.reuse import Reuse, require_platform, reuse
from shave.verbs.unmet import matches_nothing, require_units
from shave.verbs.validate import all_told
from shave.verbs.verify import Terms, require_scripts, watched

__all__ = ["Outcome", "Slimmed", "Tools", "Wanted", "complaints", "slim"]

_SHOWN = 3

Outcome = Literal["slimmed", "unchanged", "planned", "refused"]


class Slimmed(Struct, frozen=True):
    """The outcome of the verb.

    ``image`` is what may be written: the result, the input where there was nothing to gain ("unchanged"), None after
    a dry run ("planned") and for a result whose verdict is not "same" and was not allowed ("refused"). ``rounds``
    are those of repair; ``runner`` is what ran the containers. ``moved`` and ``stale`` are what given evidence names
    and this image has elsewhere, or not at all. ``reuse`` is what was taken over of a previous result.
    ``release`` and ``created`` (RFC 3339, "" if it does not say) are the original's.
    """

    outcome: Outcome
    image: Image | None
    original: Sizes
    plan: Plan
    evidence: Evidence
    runner: str
    result: Sizes | None = None
    verdict: Verdict | None = None
    rounds: tuple[Round, ...] = ()
    moved: tuple[Moved, ...] = ()
    stale: tuple[Stale, ...] = ()
    reuse: Reuse | None = None
    release: Release = Release()
    created: str = ""


def slim(
    image: Image,
    settings: Settings,
    tools: Tools,
    wanted: Wanted,
    directory: Path,
    sink: Sink,
    previous: Image | None = None,
) -> Slimmed:
    """Slim one image. Everything temporary is below ``directory``, which must outlive the use of the result.

    Layers of ``previous``, the result of an earlier build, stay as they are where they hold what is needed. Raises
    NotRunningError if the original does not run, CannotError if it cannot be run or traced here, or if ``previous``
    is for another platform, UsageError if the image has not the units that are to be kept.
    """
    if previous:
        require_platform(image, previous)
    original = _unpacked(image, directory / "original", sink)
    earlier = _unpacked(previous, directory / "previous", sink) if previous else None
    with stage(sink, "catalog"):
        known = catalog(original)
    for record in known.unread[:_SHOWN]:
        sink(Remark(f"/{record.path} cannot be read: {record.why}", "warning"))
    require_units(wanted.wish, known)
    for text in matches_nothing(wanted.wish, original.tree):
        sink(Remark(text, "warning"))
    with (
        explained(original, image.config, settings),
        tools.runner.prepare(original, image.config, made(directory / "prepared"), sink) as prepared,
    ):
        case = Case(original, known, prepared, settings, tools, wanted, directory, sink, earlier)
        return structs.replace(_outcome(case), release=release(original), created=image.config.created)


def _outcome(case: Case) -> Slimmed:
    if case.wanted.evidence is None:
        return _slim(case, *traced(case, case.settings.probes, "trace"))
    applied = carried_over(case.wanted.evidence, case.original, case.sink)
    return structs.replace(_slim(case, _untraced(case), applied.evidence), moved=applied.moved, stale=applied.stale)


def _unpacked(image: Image, directory: Path, sink: Sink) -> Unpacked:
    with all_told(image, sink):
        return unpack(image, made(directory), sink)


def _slim(case: Case, first: Session, evidence: Evidence) -> Slimmed:
    require_scripts(first)
    before = sizes(case.original)
    for text in complaints(first):
        case.sink(Remark(text, "warning"))
    basis = Basis(evidence, first.thin, ended=not case.settings.probes and _ended(first))
    plan = planned(case, basis)
    case.sink(Priced(plan.grain, plan.prices))
    if still := sum(unit.fate == "gone" and unit.unit.startswith("rpm:") for unit in plan.units):
        case.sink(Remark(f"rpm's database is not rewritten: where it stays, it lists {still} packages that are gone"))
    if case.wanted.dry_run:
        return Slimmed("planned", None, before, plan, evidence, case.tools.runner.name)
    unchanged = Slimmed("unchanged", case.original.image, before, plan, evidence, case.tools.runner.name, before)
    hidden_bytes = before.unpacked_bytes - before.content_bytes
    if not hidden_bytes and not any(dropped.bytes for dropped in plan.dropped):
        return unchanged
    second, result = _second_run_and_result(case, first, plan)
    if not _smaller(sizes(result), before):
        return unchanged
    attempt = attempted(case, basis, plan, result, (first, second), case.directory / FIRST)
    attempt, rounds = repair(case, attempt)
    outcome = Slimmed(
        "slimmed",
        attempt.result.image,
        before,
        attempt.plan,
        attempt.basis.evidence,
        case.tools.runner.name,
        sizes(attempt.result),
        attempt.verdict,
        rounds,
    )
    if not _smaller(sizes(attempt.result), before):
        return structs.replace(outcome, outcome="unchanged", image=case.original.image, result=before, verdict=None)
    if attempt.verdict.verdict == "same" or case.wanted.allow_unverified:
        taken_over = reuse(case.previous.image, attempt.result.image) if case.previous else None
        return structs.replace(outcome, reuse=taken_over)
    return structs.replace(outcome, outcome="refused", image=None)


def complaints(session: Session) -> Iterator[str]:
    """What the default start got as an answer where that is an error: the same error twice proves little."""
    start = next((found for found in session.observations if found.probe == START), None)
    for name, text in start.fields if start else ():
        if name.startswith("port ") and name.endswith(" status") and text >= "400":
            port = name.removesuffix(" status")
            yield f"{port} of the original answers {text} to GET /: a [[probe]] would prove more"


def _second_run_and_result(case: Case, first: Session, plan: Plan) -> tuple[Session, Unpacked]:
    """The original's second run, and beside it the build: one mostly waits, the other mostly computes."""
    stopped = Event()

    def until_stopped(event: Told) -> None:
        if stopped.is_set():
            raise _StoppedError
        case.sink(event)

    with ThreadPoolExecutor(1) as beside:
        building = beside.submit(built, structs.replace(case, sink=until_stopped), plan, made(case.directory / FIRST))
        try:
            with stage(case.sink, "second run"):
                terms = Terms(case.settings, case.tools.tracer, case.directory, case.sink)
                second = watched(terms, case.prepared, case.original.image.config, "second trace", first)
            return second.session, building.result()
        except BaseException:
            stopped.set()
            raise


class _StoppedError(Exception):
    """Nobody waits for this build any more: the user pressed Ctrl-C, or the original does not run a second time."""


def _ended(session: Session) -> bool:
    return session.timing is not None and session.timing.until == "exit"


def _untraced(case: Case) -> Session:
    """The original's first run where its evidence is given: for its answers alone."""
    with stage(case.sink, "first run"):
        session = run(case.prepared, case.original.image.config, case.settings)
    return structs.replace(session, thin=False)


def _smaller(after: Sizes, before: Sizes) -> bool:
    """Never larger than the input in either measure, and smaller in one; an estimate of packed bytes does not count."""
    packed_grew = after.packed_bytes > before.packed_bytes and not before.packed_estimated
    return after.unpacked_bytes < before.unpacked_bytes and not packed_grew
