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

from shave.config import Settings
from shave.errors import CannotError
from shave.events import Event as Told
from shave.events import Remark, Sink, stage
from shave.evidence import Evidence, EvidenceFile, unite
from shave.image import Image
from shave.layering import build
from shave.oci import BASE_DIGEST, BASE_NAME
from shave.plan import Plan
from shave.probe import START, Probe, Session, Verdict
from shave.probes.session import run
from shave.recording import Moved, Stale
from shave.reference import full_name
from shave.runners.protocol import Prepared, Runner
from shave.sizes import Sizes, sizes
from shave.store import Unpacked, unpack
from shave.tracers.protocol import Tracer
from shave.verbs.evidence import carried_over
from shave.verbs.plan import Wish, decide
from shave.verbs.verify import judge


class Tools(Struct, frozen=True):
    """What runs containers and what traces them. ``tracer`` may be None only where evidence is given."""

    runner: Runner
    tracer: Tracer | None


class Wanted(Struct, frozen=True):
    """What the user asks of the result: the plan's wishes, one layer or the original's, where to stop, what to
    accept.

    ``evidence`` is that of earlier runs, of this image or another build: the plan is made from what of it applies,
    nothing is traced for it, and whether it is thin is not asked.
    """

    wish: Wish = Wish()
    flatten: bool = False
    dry_run: bool = False
    allow_unverified: bool = False
    evidence: EvidenceFile | None = None


_NAMED = 4
Outcome = Literal["slimmed", "unchanged", "planned", "refused"]


class Slimmed(Struct, frozen=True):
    """The outcome of the verb.

    ``image`` is what may be written: the result, the input where there was nothing to gain ("unchanged"), None after
    a dry run ("planned") and for a result whose verdict is not "same" and was not allowed ("refused"). ``repaired``
    names the probes that the repair round traced again; ``runner`` is what ran the containers. ``moved`` and ``stale``
    are what given evidence names and this image has elsewhere, or not at all.
    """

    outcome: Outcome
    image: Image | None
    original: Sizes
    plan: Plan
    evidence: Evidence
    runner: str
    result: Sizes | None = None
    verdict: Verdict | None = None
    repaired: tuple[str, ...] = ()
    moved: tuple[Moved, ...] = ()
    stale: tuple[Stale, ...] = ()


class _Case(Struct, frozen=True):
    """What every step of one slimming shares."""

    original: Unpacked
    prepared: Prepared
    settings: Settings
    tools: Tools
    wanted: Wanted
    directory: Path
    sink: Sink


class _Attempt(Struct, frozen=True):
    """A plan, the image made of it as read back from its own bytes, and the verdict on it."""

    plan: Plan
    evidence: Evidence
    result: Unpacked
    verdict: Verdict


def slim(image: Image, settings: Settings, tools: Tools, wanted: Wanted, directory: Path, sink: Sink) -> Slimmed:
    """Slim one image. Everything temporary is below ``directory``, which must outlive the use of the result.

    Raises NotRunningError if the original does not run, CannotError if it cannot be run or traced here.
    """
    original = unpack(image, _made(directory / "original"), sink)
    with tools.runner.prepare(original, image.config, _made(directory / "prepared"), sink) as prepared:
        case = _Case(original, prepared, settings, tools, wanted, directory, sink)
        if wanted.evidence is None:
            return _slim(case, *_traced(case, settings.probes, "trace"))
        applied = carried_over(wanted.evidence, original, sink)
        return structs.replace(_slim(case, _untraced(case), applied.evidence), moved=applied.moved, stale=applied.stale)


def _slim(case: _Case, first: Session, evidence: Evidence) -> Slimmed:
    before = sizes(case.original)
    for text in complaints(first):
        case.sink(Remark(text, "warning"))
    plan = _plan(case, evidence, first.thin)
    if case.wanted.dry_run:
        return Slimmed("planned", None, before, plan, evidence, case.tools.runner.name)
    unchanged = Slimmed("unchanged", case.original.image, before, plan, evidence, case.tools.runner.name, before)
    hidden_bytes = before.unpacked_bytes - before.content_bytes
    if not hidden_bytes and not any(dropped.bytes for dropped in plan.dropped):
        return unchanged
    second, result = _second_run_and_result(case, first, plan)
    after = sizes(result)
    if not _smaller(after, before):
        return unchanged
    attempt = _Attempt(plan, evidence, result, _verified(case, result, (first, second), "verified"))
    repaired = tuple(judged.probe for judged in attempt.verdict.judgements if judged.verdict == "different")
    if repaired:
        attempt = _repaired(case, attempt, repaired, (first, second))
        after = sizes(attempt.result)
        if not _smaller(after, before):
            return structs.replace(unchanged, plan=attempt.plan, evidence=attempt.evidence, repaired=repaired)
    accepted = attempt.verdict.verdict == "same" or case.wanted.allow_unverified
    return Slimmed(
        "slimmed" if accepted else "refused",
        attempt.result.image if accepted else None,
        before,
        attempt.plan,
        attempt.evidence,
        case.tools.runner.name,
        after,
        attempt.verdict,
        repaired,
    )


def complaints(session: Session) -> Iterator[str]:
    """What the default start got as an answer where that is an error: the same error twice proves little."""
    start = next((found for found in session.observations if found.probe == START), None)
    for name, text in start.fields if start else ():
        if name.startswith("port ") and name.endswith(" status") and text >= "400":
            port = name.removesuffix(" status")
            yield f"{port} of the original answers {text} to GET /: a [[probe]] would prove more"


def _second_run_and_result(case: _Case, first: Session, plan: Plan) -> tuple[Session, Unpacked]:
    """The original's second run, and beside it the build: one mostly waits, the other mostly computes."""
    stopped = Event()

    def until_stopped(event: Told) -> None:
        if stopped.is_set():
            raise _StoppedError
        case.sink(event)

    with ThreadPoolExecutor(1) as beside:
        building = beside.submit(_built, structs.replace(case, sink=until_stopped), plan, "result")
        try:
            with stage(case.sink, "second run"):
                second = run(case.prepared, case.original.image.config, case.settings, after=first)
            return second, building.result()
        except BaseException:
            stopped.set()
            raise


class _StoppedError(Exception):
    """Nobody waits for this build any more: the user pressed Ctrl-C, or the original does not run a second time."""


def _untraced(case: _Case) -> Session:
    """The original's first run where its evidence is given: for its answers alone."""
    with stage(case.sink, "first run"):
        session = run(case.prepared, case.original.image.config, case.settings)
    return structs.replace(session, thin=False)


def _traced(case: _Case, probes: tuple[Probe, ...], name: str) -> tuple[Session, Evidence]:
    image, tracer = case.original.image, case.tools.tracer
    if tracer is None:
        raise CannotError("nothing traces here, and no evidence was given", "give evidence of earlier runs")
    with stage(case.sink, name), tracer.trace(_made(case.directory / name)) as trace:
        settings = structs.replace(case.settings, probes=probes)
        session = run(case.prepared, image.config, settings, trace=trace)
        return session, trace.evidence(image.config_digest)


def _plan(case: _Case, evidence: Evidence, thin: bool) -> Plan:
    with stage(case.sink, "plan"):
        return decide(case.original, case.original.image.config, evidence, case.wanted.wish, thin)


def _built(case: _Case, plan: Plan, name: str) -> Unpacked:
    """The image that the plan makes, read back from its own bytes."""
    image = build(
        case.original,
        {kept.path for kept in plan.kept},
        _made(case.directory / name / "layers"),
        flatten=case.wanted.flatten,
        annotations=_base(case.original.image),
        sink=case.sink,
    )
    return unpack(image, _made(case.directory / name / "plain"), case.sink)


def _verified(case: _Case, result: Unpacked, originals: tuple[Session, Session], name: str) -> Verdict:
    config, place = result.image.config, _made(case.directory / name)
    with case.tools.runner.prepare(result, config, place, case.sink) as prepared, stage(case.sink, "verify"):
        session = run(prepared, config, case.settings, after=originals[0])
    return judge(case.prepared, case.original.image.config, case.settings, originals, session, case.sink)


def _repaired(case: _Case, failed: _Attempt, probes: tuple[str, ...], originals: tuple[Session, Session]) -> _Attempt:
    """One round: the failing probes traced once more on the original, their evidence united with what was there."""
    named = ", ".join(probes) if len(probes) <= _NAMED else f"{len(probes)} probes"
    case.sink(Remark(f"repair: tracing {named} again on the original", "warning"))
    again = tuple(probe for probe in case.settings.probes if probe.name in probes)
    _, more = _traced(case, again, "repair")
    evidence = unite(failed.evidence, more)
    plan = _plan(case, evidence, originals[0].thin)
    if plan == failed.plan:
        return failed
    result = _built(case, plan, "repaired")
    return _Attempt(plan, evidence, result, _verified(case, result, originals, "verified again"))


def _base(image: Image) -> dict[str, str]:
    """Annotations that name the original, where it has a name that means something elsewhere (annotations.md)."""
    known = {BASE_DIGEST: image.manifest_digest} if image.stored_manifest else {}
    transport, _, name = image.reference.partition(":")
    if transport == "docker-daemon" and not name.startswith("sha256:"):
        known[BASE_NAME] = full_name(name)
    return known


def _smaller(after: Sizes, before: Sizes) -> bool:
    """Never larger than the input in either measure, and smaller in one; an estimate of packed bytes does not count."""
    packed_grew = after.packed_bytes > before.packed_bytes and not before.packed_estimated
    return after.unpacked_bytes < before.unpacked_bytes and not packed_grew


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True, mode=0o700)
    return directory
