"""shave in a container of the user's engine, for where this machine or this user may not make containers itself."""

from shave.engine import connect, refused
from shave.errors import CannotError
from shave.helper.remote import slim, trace, verify
from shave.oci import Config
from shave.runners import AUTOMATIC
from shave.runners.support import RUNS_ON

NAME = "helper"

__all__ = ["NAME", "serves", "slim", "trace", "verify"]


def serves(runner: str, config: Config) -> bool:
    """Whether the work is for the helper.

    It is when asked for by name, and with "auto" where every runner refuses the image and an engine can run it.
    """
    if runner != "auto":
        return runner == NAME
    if any(candidate.refusal(config) is None for candidate in AUTOMATIC):
        return False
    try:
        with connect() as engine, refused(engine.address):
            version = engine.client.api.version()
    except CannotError:
        return False
    runs = RUNS_ON.get(version["Arch"], (version["Arch"],))
    return version["Os"] == "linux" and (config.architecture or version["Arch"]) in runs
