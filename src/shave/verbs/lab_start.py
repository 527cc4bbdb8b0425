"""How long an image takes to start."""

from msgspec.structs import replace

from shave.config import Settings
from shave.oci import Config
from shave.probe import Patience, RunOptions, Timing
from shave.probes.ready import exposed_ports, silence, wait_until_ready
from shave.probes.session import start_of
from shave.runners.protocol import Prepared, Start

_STARTS = 5
_SHORT = 1.0
_PATIENCE = Patience(poll=0.005)


def start_seconds(prepared: Prepared, config: Config, settings: Settings) -> float:
    """Seconds from when the container has begun until the program ended or was ready; of a start that takes less than
    one, the shortest of five: whatever else the machine does only ever adds to it.

    Raises NotRunningError if nothing is left to run.
    """
    start = start_of(config, start_options(settings))
    timing = _once(prepared, start, config, settings)
    shortest = timing.seconds
    for _ in range(_STARTS - 1):
        if shortest < _SHORT and timing.until != "quiet":  # which takes longer to know than the start took
            shortest = min(shortest, _once(prepared, start, config, settings).seconds)
    return round(shortest, 4)


def start_options(settings: Settings) -> RunOptions:
    """How the program itself is started: where all probes bring commands of their own, by the first of these."""
    commands = [probe.command for probe in settings.probes if probe.command is not None]
    if commands and len(commands) == len(settings.probes):
        return replace(settings.run, command=commands[0])
    return settings.run


def _once(prepared: Prepared, start: Start, config: Config, settings: Settings) -> Timing:
    with prepared.start(start) as container:
        quiet, exposed = silence(container), exposed_ports(config)
        return wait_until_ready(container, settings.run.ready, exposed, quiet, None, _PATIENCE)
