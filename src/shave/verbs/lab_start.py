"""How long an image takes to start."""

from statistics import median
from time import monotonic

from msgspec.structs import replace

from shave.config import Settings
from shave.oci import Config
from shave.probe import Patience, RunOptions
from shave.probes.ready import exposed_ports, silence, wait_until_ready
from shave.probes.session import start_of
from shave.runners.protocol import Prepared, Start

_STARTS = 3
_SHORT = 1.0
_PATIENCE = Patience(poll=0.005)


def start_seconds(prepared: Prepared, config: Config, settings: Settings) -> float:
    """Seconds from the order to start until the program ended or was ready, what the runner itself needs included: of a
    start that takes a second or more, else the median of three.

    Raises NotRunningError if nothing is left to run.
    """
    start = start_of(config, start_options(settings))
    found = [_once(prepared, start, config, settings)]
    while len(found) < _STARTS and found[0] < _SHORT:
        found.append(_once(prepared, start, config, settings))
    return round(median(found), 4)


def start_options(settings: Settings) -> RunOptions:
    """How the program itself is started: where all probes bring commands of their own, by the first of these."""
    commands = [probe.command for probe in settings.probes if probe.command is not None]
    if commands and len(commands) == len(settings.probes):
        return replace(settings.run, command=commands[0])
    return settings.run


def _once(prepared: Prepared, start: Start, config: Config, settings: Settings) -> float:
    ordered = monotonic()
    with prepared.start(start) as container:
        begun = monotonic() - ordered
        quiet = silence(container)
        timing = wait_until_ready(container, settings.run.ready, exposed_ports(config), quiet, None, _PATIENCE)
        return begun + timing.seconds
