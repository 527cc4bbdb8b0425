"""The same probes on two images: do they behave the same?"""

from pathlib import Path

from shave.config import Settings
from shave.events import Remark, Sink, stage
from shave.oci import Config
from shave.probe import Session, Verdict
from shave.probes.compare import compare
from shave.probes.session import run
from shave.runners.protocol import Prepared, Runner
from shave.store import Unpacked
from shave.tracers.protocol import Tracer


def verify(
    original: Unpacked,
    other: Unpacked,
    settings: Settings,
    runner: Runner,
    tracer: Tracer | None,
    directory: Path,
    sink: Sink,
) -> Verdict:
    """The verdict on ``other``. Everything temporary is below ``directory`` (private, empty).

    The original runs twice, first under ``tracer`` (for its quiet alone; None: a program without a port is ready when
    it is silent). Raises NotRunningError if the original does not run.
    """
    config = original.image.config
    with runner.prepare(original, config, _made(directory / "original"), sink) as prepared:
        with stage(sink, "original"):
            first = _first(prepared, config, settings, tracer, _made(directory / "trace"))
        with stage(sink, "original again"):
            second = run(prepared, config, settings, after=first)
        changed = other.image.config
        with (
            runner.prepare(other, changed, _made(directory / "other"), sink) as candidate,
            stage(sink, "other"),
        ):
            found = run(candidate, changed, settings, after=first)
        return judge(prepared, config, settings, (first, second), found, sink)


def judge(
    prepared: Prepared,
    config: Config,
    settings: Settings,
    originals: tuple[Session, Session],
    found: Session,
    sink: Sink,
) -> Verdict:
    """The verdict on the session ``found``; a difference must stand against a third run of the original.

    What two runs happened to agree on may be noise still: a pid, the order of two threads.
    """
    verdict = compare(*originals, found)
    if verdict.verdict != "different" or any(observation.failure for observation in found.observations):
        return verdict
    sink(Remark("a difference: the original runs a third time, to tell it from noise"))
    with stage(sink, "original a third time"):
        third = run(prepared, config, settings, after=originals[0])
    return compare(*originals, found, third)


def _first(prepared: Prepared, config: Config, settings: Settings, tracer: Tracer | None, directory: Path) -> Session:
    if tracer is None:
        return run(prepared, config, settings)
    with tracer.trace(directory) as trace:
        return run(prepared, config, settings, trace=trace)


def _made(directory: Path) -> Path:
    directory.mkdir(mode=0o700)
    return directory
