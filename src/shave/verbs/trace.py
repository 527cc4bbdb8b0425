"""The probes on one image under trace: evidence to keep."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from shave.catalog import packages
from shave.config import Settings
from shave.events import Sink, stage
from shave.evidence import EvidenceFile, Version
from shave.evidence_files import Merged
from shave.image import Image
from shave.probe import Session
from shave.probes.session import run
from shave.recording import record
from shave.runners.protocol import Runner
from shave.store import unpack
from shave.tracers.protocol import Tracer
from shave.verbs.explained import explained
from shave.verbs.groups import group


class Traced(Struct, frozen=True):
    """What the run showed, tied to the image; what the probes answered; and what ran the containers."""

    file: EvidenceFile
    session: Session
    runner: str


def trace(image: Image, settings: Settings, runner: Runner, tracer: Tracer, directory: Path, sink: Sink) -> Traced:
    """Run the probes once, traced. Everything temporary is below ``directory`` (private, empty).

    Raises NotRunningError if the image does not run, CannotError if
    it cannot be run or traced here.
    """
    unpacked = unpack(image, _made(directory / "image"), sink)
    with (
        explained(unpacked, image.config, settings),
        runner.prepare(unpacked, image.config, _made(directory / "prepared"), sink) as prepared,
        stage(sink, "trace"),
        tracer.trace(_made(directory / "trace")) as tracing,
    ):
        session = run(prepared, image.config, settings, trace=tracing)
        evidence = tracing.evidence(image.config_digest)
    return Traced(record(evidence, image.reference, unpacked.tree, packages(unpacked)), session, runner.name)


class ProbeRow(Struct, frozen=True):
    """One probe (or the start): how many paths it used, and what its answer was not, with its last words."""

    name: str
    paths: int
    failure: str = ""
    shown: str = ""


class TraceSummary(Struct, frozen=True):
    """``shave.trace/v1``: how many paths were used how, by which probe, of what kind; the packages they belong to.

    ``written`` is the evidence file, "" without one; ``new_paths`` of its ``all_paths`` were not in it before.
    """

    input: str
    paths: int
    how: tuple[tuple[str, int], ...]
    probes: tuple[ProbeRow, ...]
    groups: tuple[tuple[str, int], ...]
    packages: tuple[Version, ...]
    thin: bool
    runner: str
    tracer: str
    written: str
    new_paths: int
    all_paths: int
    seconds: dict[str, float]
    next: str


def summarise(
    traced: Traced, *, reference: str, written: str, merged: Merged | None, seconds: Mapping[str, float]
) -> TraceSummary:
    """The summary of a trace. ``merged`` is what the file ``written`` says now, None where there is none ("")."""
    uses = traced.file.uses
    return TraceSummary(
        reference,
        len(uses),
        _counted(way for use in uses for way in use.how),
        _rows(traced),
        _counted(group(use.path.strip("/")) for use in uses),
        traced.file.versions,
        traced.session.thin,
        traced.runner,
        ", ".join(traced.file.tracers),
        written,
        merged.new_paths if merged else 0,
        len(merged.file.uses) if merged else 0,
        {stage: round(amount, 3) for stage, amount in seconds.items()},
        _next(traced, reference, written),
    )


def _rows(traced: Traced) -> tuple[ProbeRow, ...]:
    paths = Counter(probe for use in traced.file.uses for probe in use.probes)
    rows = {name: ProbeRow(name, count) for name, count in sorted(paths.items())}
    for seen in traced.session.observations:
        rows[seen.probe] = ProbeRow(seen.probe, paths[seen.probe], seen.failure, seen.shown if seen.failure else "")
    return tuple(rows.values())


def _next(traced: Traced, reference: str, written: str) -> str:
    if any(seen.failure for seen in traced.session.observations):
        return "look at the probe that fails: what it does not reach is not in the evidence"
    if traced.session.thin:
        return "give a command after --, a [[probe]] in shave.toml or --from-tests: the default start showed little"
    if written:
        return f"shave slim {reference} --evidence {written}"
    return f"shave trace {reference} --evidence FILE"


def _counted(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(names).most_common())


def _made(directory: Path) -> Path:
    directory.mkdir(mode=0o700)
    return directory
