"""Why an image will not start, and what it will miss when it does: said before anything is started."""

from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from shave.causes import diagnose
from shave.diagnosis import Diagnosis
from shave.events import Sink
from shave.image import Image
from shave.oci import Config
from shave.probe import RunOptions
from shave.store import unpack

_INSIDE = "look inside with shave inspect and shave cat; docker debug and kubectl debug bring a shell (docs/doctor.md)"


class Doctored(Struct, frozen=True):
    """``shave.doctor/v1``: an image, the words that start it, what is wrong with it (what stops it first), a next step.

    ``digest`` is the manifest's. ``diagnoses`` are in the order in which a start meets them.
    """

    reference: str
    digest: str
    platform: str
    words: tuple[str, ...]
    diagnoses: tuple[Diagnosis, ...]
    next: str

    @property
    def stopped(self) -> bool:
        """Whether no container of it can start."""
        return any(each.stops for each in self.diagnoses)


def doctor(image: Image, options: RunOptions, directory: Path, sink: Sink) -> Doctored:
    """Look at an image as it would be started with these options. Everything temporary is below ``directory``."""
    config = started_with(image.config, options)
    words = (*(config.run.entrypoint or ()), *(config.run.cmd or ()))
    found = diagnose(unpack(image, directory, sink), config)
    return Doctored(str(image.reference), image.manifest_digest, str(config.platform), words, found, _INSIDE)


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
