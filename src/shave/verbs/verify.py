"""The same probes on two images: do they behave the same?"""

from pathlib import Path

from msgspec import Struct

from shave.config import Settings
from shave.errors import CannotError
from shave.events import Remark, Sink, stage
from shave.evidence import Evidence
from shave.oci import Config
from shave.probe import Session, Verdict
from shave.probes.compare import compare
from shave.probes.session import run
from shave.runners.protocol import Prepared, Runner
from shave.store import Unpacked
from shave.tracers.protocol import Tracer
from shave.verbs.lookups import doubted, missing


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
) -> Verdict:
    """The verdict on ``other``, from its answers and, with a ``tracer``, from the files it looked for in vain.

    Everything temporary is below ``directory`` (private, empty). The original runs twice, first under the tracer.
    Without one a program without a port is ready when it is silent. Raises NotRunningError if the original does
    not run.
    """
    config = original.image.config
    with runner.prepare(original, config, _made(directory / "original"), sink) as prepared:
        with stage(sink, "original"):
            first = watched(prepared, config, settings, tracer, _made(directory / "trace"), sink)
        with stage(sink, "original again"):
            second = run(prepared, config, settings, after=first.session)
        changed = other.image.config
        with (
            runner.prepare(other, changed, _made(directory / "other"), sink) as candidate,
            stage(sink, "other"),
        ):
            place = _made(directory / "trace-other")
            found = watched(candidate, changed, settings, tracer, place, sink, after=first.session)
        verdict, _ = judge(prepared, config, settings, (first.session, second), found.session, sink)
    if first.evidence is None or found.evidence is None:
        return verdict
    return doubted(verdict, missing(first.evidence, original.tree, found.evidence, other.tree))


def watched(
    prepared: Prepared,
    config: Config,
    settings: Settings,
    tracer: Tracer | None,
    directory: Path,
    sink: Sink,
    after: Session | None = None,
) -> Ran:
    """One run under the tracer, if there is one. A trace that breaks costs what it would have shown, not the run."""
    if tracer is None:
        return Ran(run(prepared, config, settings, after=after), None)
    with tracer.trace(directory) as trace:
        session = run(prepared, config, settings, trace=trace, after=after)
        try:
            return Ran(session, trace.evidence(""))
        except CannotError as error:
            sink(Remark(f"judged by answers alone, not by the files that were looked for: {error}", "warning"))
            return Ran(session, None)


def judge(
    prepared: Prepared,
    config: Config,
    settings: Settings,
    originals: tuple[Session, ...],
    found: Session,
    sink: Sink,
) -> tuple[Verdict, tuple[Session, ...]]:
    """The verdict on the answers of ``found`` alone, and all sessions of the original (two or more) known by now.

    A difference must stand against a third run of the original: what two runs happened to agree on may be noise still,
    a pid, the order of two threads.
    """
    verdict = _compared(originals, found)
    failed = any(observation.failure for observation in found.observations)
    if verdict.verdict != "different" or failed or len(originals) > 2:
        return verdict, originals
    sink(Remark("a difference: the original runs a third time, to tell it from noise"))
    with stage(sink, "original a third time"):
        originals = (*originals, run(prepared, config, settings, after=originals[0]))
    return _compared(originals, found), originals


def _compared(originals: tuple[Session, ...], found: Session) -> Verdict:
    first, second, *more = originals
    return compare(first, second, found, *more)


def _made(directory: Path) -> Path:
    directory.mkdir(mode=0o700)
    return directory
