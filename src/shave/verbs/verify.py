"""The same probes on two images: do they behave the same?"""

from collections.abc import Collection
from pathlib import Path

from msgspec import Struct

from shave.config import Settings
from shave.errors import CannotError, NotRunningError
from shave.events import Remark, Sink, stage
from shave.evidence import Evidence
from shave.oci import Config
from shave.probe import Session, Verdict
from shave.probes.compare import compare
from shave.probes.session import run
from shave.runners.protocol import Prepared, Runner
from shave.store import Unpacked
from shave.tracers.protocol import Tracer
from shave.verbs.explained import explained
from shave.verbs.lookups import doubted, missing


class Terms(Struct, frozen=True):
    """What all runs that are compared have in common. What tracing leaves is below ``directory``."""

    settings: Settings
    tracer: Tracer | None
    directory: Path
    sink: Sink


class Ran(Struct, frozen=True):
    """One run of an image: what it answered, and what it looked for; ``evidence`` is None where that was not seen."""

    session: Session
    evidence: Evidence | None


def verify(
    original: Unpacked,
    other: Unpacked,
    settings: Settings,
    runner: Runner,
    tracer: Tracer | None,
    directory: Path,
    sink: Sink,
    made_again: Collection[str] = (),
) -> Verdict:
    """The verdict on ``other``, from its answers and, with a ``tracer``, from the files it looked for in vain.

    Of paths in ``made_again`` nobody need be told: who misses one makes it from what is there.

    Everything temporary is below ``directory`` (private, empty). The original runs twice. Without a tracer a program
    without a port is ready when it is silent. Raises NotRunningError if the original does not run.
    """
    terms = Terms(settings, tracer, directory, sink)
    config, changed = original.image.config, other.image.config
    with (
        explained(original, config, settings),
        runner.prepare(original, config, _made(directory / "original"), sink) as prepared,
    ):
        with stage(sink, "original"):
            first = watched(terms, prepared, config, "trace")
            require_scripts(first.session)
        with stage(sink, "original again"):
            second = watched(terms, prepared, config, "trace again", first.session)
        with runner.prepare(other, changed, _made(directory / "other"), sink) as candidate, stage(sink, "other"):
            found = watched(terms, candidate, changed, "trace of other", first.session)
        verdict, _ = judge(terms, prepared, config, (first.session, second.session), found.session)
    if first.evidence is None or found.evidence is None:
        return verdict
    lost = missing(first.evidence, original.tree, found.evidence, other.tree)
    return doubted(verdict, tuple(each for each in lost if each.path.strip("/") not in made_again))


def require_scripts(session: Session) -> None:
    """Raise NotRunningError if a script, which says itself whether it passes, does not pass on the original."""
    for seen in session.observations:
        if seen.kind == "script" and seen.failure:
            output = f"\n{seen.shown}" if seen.shown else ""
            hint = "make it pass on the original first"
            raise NotRunningError(f"the probe {seen.probe} fails on the original: {seen.failure}{output}", hint)


def watched(terms: Terms, prepared: Prepared, config: Config, name: str, after: Session | None = None) -> Ran:
    """One run under the tracer, if there is one. A trace that breaks costs what it would have shown, not the run.

    ``name`` is that of the directory for the trace; ``after`` is the original's first session, None for itself.
    """
    if terms.tracer is None:
        return Ran(run(prepared, config, terms.settings, after=after), None)
    with terms.tracer.trace(_made(terms.directory / name)) as trace:
        session = run(prepared, config, terms.settings, trace=trace, after=after)
        try:
            return Ran(session, trace.evidence(""))
        except CannotError as error:
            terms.sink(Remark(f"judged by answers alone, not by the files that were looked for: {error}", "warning"))
            return Ran(session, None)


def judge(
    terms: Terms, prepared: Prepared, config: Config, originals: tuple[Session, ...], found: Session
) -> tuple[Verdict, tuple[Session, ...]]:
    """The verdict on the answers of ``found`` alone, and all sessions of the original (two or more) known by now.

    A difference must stand against a third run of the original: what two runs happened to agree on may be noise still,
    a pid, the order of two threads.
    """
    verdict = _compared(originals, found)
    failed = any(observation.failure for observation in found.observations)
    if verdict.verdict != "different" or failed or len(originals) > 2:
        return verdict, originals
    terms.sink(Remark("a difference: the original runs a third time, to tell it from noise"))
    with stage(terms.sink, "original a third time"):
        third = watched(terms, prepared, config, "third trace", originals[0]).session
    return _compared((*originals, third), found), (*originals, third)


def _compared(originals: tuple[Session, ...], found: Session) -> Verdict:
    first, second, *more = originals
    return compare(first, second, found, *more)


def _made(directory: Path) -> Path:
    directory.mkdir(mode=0o700)
    return directory
