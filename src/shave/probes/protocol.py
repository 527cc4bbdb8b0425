"""What a kind of probe must be able to do."""

from typing import Protocol

from shave.probe import Observation, Probe
from shave.runners.protocol import Container


class Ask(Protocol):
    """One kind of probe.

    ``container`` is the started one; for a ``command`` it is the probe's own. Asking takes at most ``probe.timeout``
    seconds and some slack of the runner's. Raises OSError if nothing answers: ConnectionRefusedError while nobody
    listens, which is worth another try; TimeoutError when the time ran out.
    """

    def __call__(self, container: Container, probe: Probe) -> Observation: ...
