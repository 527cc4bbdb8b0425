"""Why an image will not start, and what it will miss when it does: by its files, and if asked for by a run."""

from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from shave.causes import diagnose
from shave.config import Settings
from shave.diagnosis import Diagnosis
from shave.events import Sink, stage
from shave.image import Image
from shave.oci import Config
from shave.probe import RunOptions
from shave.runners.protocol import Runner
from shave.store import unpack
from shave.verbs.examined import Examined, examined

_INSIDE = "look inside with shave inspect and shave cat; docker debug and kubectl debug bring a shell (docs/doctor.md)"


class Doctored(Struct, frozen=True):
    """``shave.doctor/v1``: an image, the words that start it, what is wrong with it (what stops it first), a next step.

    ``digest`` is the manifest's. ``diagnoses`` are what its files say, in the order in which a start meets them.
    ``seen`` is what a run by ``runner`` showed, None and "" without one.
    """

    reference: str
    digest: str
    platform: str
    words: tuple[str, ...]
    diagnoses: tuple[Diagnosis, ...]
    runner: str
    seen: Examined | None
    next: str

    @property
    def predicted(self) -> Diagnosis | None:
        """What stops every container, by the files."""
        return next((each for each in self.diagnoses if each.stops), None)

    @property
    def failed(self) -> bool:
        """Whether no container of it works; where one was run, that has the last word."""
        return bool(self.seen.observed if self.seen else self.predicted)

    @property
    def agrees(self) -> bool:
        """Whether the run showed what the files say: a cause that was found, or that nothing stops it."""
        seen = self.seen.observed if self.seen else None
        if seen is None:
            return self.predicted is None
        return seen.cause in ([self.predicted.cause] if self.predicted else [each.cause for each in self.diagnoses])


def doctor(image: Image, settings: Settings, runner: Runner | None, directory: Path, sink: Sink) -> Doctored:
    """Look at an image as it would be started; with a ``runner``, start it too, and ask the probes.

    Everything temporary is below ``directory`` (private, empty). A base is not started. Raises CannotError if no
    container can be run here.
    """
    config = started_with(image.config, settings.run)
    words = (*(config.run.entrypoint or ()), *(config.run.cmd or ()))
    places = (directory / "image", directory / "prepared")
    for place in places:
        place.mkdir(mode=0o700)
    unpacked = unpack(image, places[0], sink)
    found, seen = diagnose(unpacked, config), None
    if runner and words:
        with runner.prepare(unpacked, image.config, places[1], sink) as prepared, stage(sink, "run"):
            seen = examined(prepared, image.config, settings, found)
    name, platform = (runner.name if runner and seen else ""), str(config.platform)
    return Doctored(str(image.reference), image.manifest_digest, platform, words, found, name, seen, _INSIDE)


def started_with(config: Config, options: RunOptions) -> Config:
    """The config with the options of a run over it, by Docker's rules: what is mounted may bring anything."""
    run = config.run
    mounted: dict[str, Any] = {mount.split(":")[1]: {} for mount in options.mounts}
    entrypoint, cmd = run.entrypoint, run.cmd
    if options.entrypoint is not None:
        entrypoint, cmd = options.entrypoint, ()
    return replace(
        config,
        config=replace(
            run,
            entrypoint=entrypoint,
            cmd=cmd if options.command is None else options.command,
            env=(*(run.env or ()), *(f"{name}={value}" for name, value in options.env.items())),
            user=run.user if options.user is None else options.user,
            volumes={**(run.volumes or {}), **mounted},
        ),
    )
