"""How long an image takes to start."""

from time import monotonic

from msgspec.structs import replace

from shave.config import Settings
from shave.oci import Config
from shave.probe import Patience, RunOptions, Timing
from shave.probes.ready import exposed_ports, silence, wait_until_ready
from shave.probes.session import start_of
from shave.runners.protocol import Prepared

_STARTS = 5
_SHORT = 1.0
_PATIENCE = Patience(poll=0.005)


def start_seconds(prepared: Prepared, config: Config, settings: Settings) -> float:
    """Seconds from when the first process was about to be made until it ended or was ready, what the runtime does in
    between included; of a start that takes less than one, the shortest of five: whatever else the machine does only
    ever adds to it.

    Raises NotRunningError if nothing is left to run.
    """
    options = start_options(settings)
    start, patience = start_of(config, options), _PATIENCE
    if options is not settings.run:  # what a probe has seen end does end, however long it is silent before
        limit = settings.probes[0].timeout
        patience = replace(_PATIENCE, quiet=limit, longest=limit)

    def once() -> tuple[Timing, float]:
        with prepared.start(start) as container:
            quiet, exposed, before = silence(container), exposed_ports(config), monotonic() - container.begun
            timing = wait_until_ready(container, options.ready, exposed, quiet, None, patience)
            return timing, before + timing.seconds

    timing, shortest = once()
    for _ in range(_STARTS - 1):
        if shortest < _SHORT and timing.until != "quiet":  # which takes longer to know than the start took
            shortest = min(shortest, once()[1])
    return round(shortest, 4)


def start_options(settings: Settings) -> RunOptions:
    """How the program itself is started: where all probes bring commands of their own, by the first of these."""
    commands = [probe.command for probe in settings.probes if probe.command is not None]
    if commands and len(commands) == len(settings.probes):
        return replace(settings.run, command=commands[0])
    return settings.run
