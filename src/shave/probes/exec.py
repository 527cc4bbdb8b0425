"""``exec``: a program run in the started container; judged by exit status, stdout and stderr."""

from shave.probe import Observation, Probe
from shave.probes.answer import ended
from shave.runners.protocol import Container


def ask(container: Container, probe: Probe) -> Observation:
    """Run it as the image's user, with its environment and working directory."""
    return ended(probe, container.execute(probe.exec or (), probe.timeout))
