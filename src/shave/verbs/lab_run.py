"""``shave lab run``: does each variant that was built work, how soon does it start, and if not, why?

One after the other: beside each other they would be in each other's way, and the figures would not be theirs.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, json

from shave.causes import diagnose
from shave.config import Settings
from shave.diagnosis import Cause, Diagnosis
from shave.errors import BadImageError, CannotError, NotRunningError
from shave.events import Remark, Sink, silent, stage
from shave.image import Image
from shave.lab import BuildRecord, Lab, RunRecord, Variant
from shave.reference import parse
from shave.runners import choose, require
from shave.sources import open_image
from shave.store import unpack
from shave.verbs.doctor import started_with
from shave.verbs.examined import examined
from shave.verbs.lab_chosen import chosen
from shave.verbs.lab_start import start_options, start_seconds
from shave.verbs.lab_weighing import require_same
from shave.workspace import workspace


class RunWanted(Struct, frozen=True):
    """Which to run: those whose names match a glob of ``only``, if there is one, by ``runner``; ``again`` also those
    whose image was run before in the same way.
    """

    only: tuple[str, ...] = ()
    runner: str = "auto"
    again: bool = False


class _Case(Struct, frozen=True):
    """A variant that was built, and how it is run."""

    variant: Variant
    build: BuildRecord
    runner: str

    @property
    def settings(self) -> Settings:
        return Settings(self.variant.run, self.variant.probes)

    @property
    def inputs(self) -> str:
        """The digest of all that the run depends on, but for what lies in its mounts."""
        parts = (self.build.digest, self.runner, self.variant.run, self.variant.probes)
        return "sha256:" + hashlib.sha256(json.encode(parts)).hexdigest()


def run(
    lab: Lab,
    builds: Mapping[str, BuildRecord],
    known: Mapping[str, RunRecord],
    wanted: RunWanted,
    save: Callable[[RunRecord], None],
    sink: Sink,
) -> tuple[RunRecord, ...]:
    """What became of each variant that is built and wanted; of those that are not run anew what is ``known``.

    Each record is saved as soon as it is there, and no failure stops the others; that something could not be run takes
    nothing away that is known of it. Raises UsageError for a glob that matches no variant and for a runner there is
    none of, CannotError if no build was tried of what is wanted.
    """
    require(wanted.runner)
    variants = [(each, builds[each.name]) for each in chosen(lab, wanted.only) if each.name in builds]
    if not variants:
        raise CannotError("nothing is built that could be run", "shave lab build comes first")
    cases = [_Case(each, build, wanted.runner) for each, build in variants if build.outcome == "built"]
    records = []
    with stage(sink, "run", len(cases)) as advance:
        for case in cases:
            record = known.get(case.variant.name)
            is_known = record is not None and record.inputs == case.inputs
            if record is None or not is_known or wanted.again:
                record = _ran(case)
                if record.verdict != "not run" or not is_known:
                    save(record)
                sink(Remark(_line(record)))
            records.append(record)
            advance(1)
    return tuple(records)


def _line(record: RunRecord) -> str:
    if record.verdict == "works" and record.start_seconds is not None:
        return f"{record.variant}: works, started in {record.start_seconds:.3f} s"
    return f"{record.variant}: {record.verdict}, {record.observed or record.message}"


def _ran(case: _Case) -> RunRecord:
    """What cannot be run here was not run: that it fails nobody has seen."""
    name, build = case.variant.name, case.build
    try:
        require_same(build)
        with workspace() as directory, open_image(parse(build.reference)) as image:
            return _examined(case, image, directory)
    except (BadImageError, CannotError, NotRunningError) as error:
        return RunRecord(name, build.digest, "not run", message=str(error).partition("\n")[0])


def _examined(case: _Case, image: Image, directory: Path) -> RunRecord:
    settings, config = case.settings, image.config
    places = directory / "image", directory / "prepared"
    for place in places:
        place.mkdir(mode=0o700)
    unpacked = unpack(image, places[0], silent)
    told = diagnose(unpacked, started_with(config, start_options(settings)))
    with choose(case.runner, config).prepare(unpacked, config, places[1], silent) as prepared:
        seen = examined(prepared, config, settings, told)
        seconds = None if seen.failure else start_seconds(prepared, config, settings)
    cause = seen.observed.cause if seen.observed else None
    return RunRecord(
        case.variant.name,
        case.build.digest,
        "fails" if seen.failure else "works",
        seconds,
        seen.peak_memory_bytes,
        _predicted(told, cause),
        cause,
        seen.observed.text if seen.observed else seen.failure,
        seen.shown,
        case.inputs,
    )


def _predicted(told: Sequence[Diagnosis], observed: Cause | None) -> Cause | None:
    """What stops it by what doctor said, else what it will miss by what doctor said, if that is what it missed."""
    stops = next((each.cause for each in told if each.stops), None)
    return stops or next((each.cause for each in told if each.cause == observed), None)
