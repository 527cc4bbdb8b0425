"""Why an original does not run: what the files of its image show is said with it."""

from collections.abc import Iterator
from contextlib import contextmanager

from shave.causes import diagnose
from shave.config import Settings
from shave.errors import BadImageError, NotRunningError
from shave.needs import Files
from shave.oci import Config
from shave.verbs.doctor import started_with
from shave.verbs.lab_start import start_options


@contextmanager
def explained(files: Files, config: Config, settings: Settings) -> Iterator[None]:
    """Where it turns out within that the image does not run, the error names what stops it, and how that is mended."""
    try:
        yield
    except (BadImageError, NotRunningError) as error:
        found = next(
            (each for each in diagnose(files, started_with(config, start_options(settings))) if each.stops), None
        )
        if found is None:
            raise
        raise type(error)(f"{error}\n{found.text}", found.fix or error.hint) from error
