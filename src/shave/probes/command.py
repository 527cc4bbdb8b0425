"""``command``: a start of its own with another command; judged by exit status, stdout and stderr."""

from shave.probe import Observation, Probe
from shave.probes.answer import TIMED_OUT, ended
from shave.runners.protocol import Completed, Container


def ask(container: Container, probe: Probe) -> Observation:
    """Wait for the end of ``container``, which was started with the probe's command."""
    status = container.wait(probe.timeout)
    return ended(probe, Completed(TIMED_OUT if status is None else status, *container.logs()))
