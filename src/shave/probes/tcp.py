"""``tcp``: does somebody accept at ``host:port``?"""

from shave.config import address
from shave.probe import Observation, Probe
from shave.runners.protocol import Container


def ask(container: Container, probe: Probe) -> Observation:
    """Connect and hang up."""
    container.connect(*address(probe.tcp or ""), probe.timeout).close()
    return Observation(probe.name, probe.kind, (("connection", "accepted"),))
