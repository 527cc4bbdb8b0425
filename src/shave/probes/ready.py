"""When is a started image ready to be asked?"""

from collections.abc import Callable
from contextlib import closing
from math import inf
from time import monotonic
from typing import Literal

from shave.config import address
from shave.oci import Config
from shave.probe import Http, Patience, Ready, Timing
from shave.probes.http import request
from shave.runners.protocol import Container

_EPHEMERAL = range(32768, 61000)  # ip(7), ip_local_port_range
_CONNECT_TIMEOUT = 2.0
_SETTLED = 0.5
"""How much longer than the last new path of the traced run a later one is given: there is nothing new to wait for."""
_PATIENCE_GROWTH = 5.0
"""How much longer than the traced run a later one may take before it counts as never ready."""

_STILLNESS = 3
"""What part of a first run's quiet a later one must be quiet for: on a busy machine the same work takes longer."""

Quiet = Callable[[], float]
"""Seconds since something new happened."""


def always() -> float:
    """The quiet of a later run without a trace, which only keeps the first one's pace."""
    return inf


def silence(container: Container) -> Quiet:
    """The quiet of a run without a trace: seconds since the program last wrote something."""
    last, since = container.logs(), monotonic()

    def seconds() -> float:
        nonlocal last, since
        if (logs := container.logs()) != last:
            last, since = logs, monotonic()
        return monotonic() - since

    return seconds


def wait_until_ready(
    container: Container,
    wanted: Ready,
    exposed: frozenset[int],
    quiet: Quiet,
    before: Timing | None,
    patience: Patience,
) -> Timing:
    """Wait for the end, or for what ``wanted`` says, else for a port or for quiet; never longer than is bounded.

    ``exposed`` are the ports that the image exposes: if there are any, only these make it ready at once. ``before`` is
    the timing of the traced run: a later run waits for the same end as that one, as long as it needed.
    """
    begun = monotonic()
    while container.wait(patience.poll) is None:
        passed = monotonic() - begun
        if wanted.http or wanted.tcp:
            if _answers(container, wanted):
                return Timing("port", passed)
            if passed > wanted.timeout:
                return Timing("never", passed)
        elif (before is None or before.until != "exit") and _is_open(container, exposed):
            return Timing("port", passed)
        elif until := _enough(passed, quiet, before, patience):
            return Timing(until, max(0.0, passed - quiet()) if until == "quiet" and before is None else passed)
    return Timing("exit", monotonic() - begun)


def _enough(passed: float, quiet: Quiet, before: Timing | None, patience: Patience) -> Literal["quiet", "never"] | None:
    if before is None:
        return "quiet" if quiet() >= patience.quiet or passed >= patience.longest else None
    if before.until == "quiet":
        settled = before.seconds + _SETTLED
        still = quiet() >= patience.quiet / _STILLNESS or passed >= patience.longest
        return "quiet" if passed >= settled and still else None
    return "never" if passed >= max(patience.longest, _PATIENCE_GROWTH * before.seconds) else None


def exposed_ports(config: Config) -> frozenset[int]:
    """The TCP ports that the image exposes (config.md, ``ExposedPorts``: ``port[/protocol]``)."""
    ports = (name.removesuffix("/tcp") for name in config.run.exposed_ports or ())
    return frozenset(int(port) for port in ports if port.isascii() and port.isdigit() and len(port) < 6)


def ports_of(container: Container, exposed: frozenset[int]) -> tuple[int, ...]:
    """The ports that are listened on, without the ephemeral ones: what the kernel chose serves nobody by name."""
    return tuple(port for port in container.listening() if port in exposed or port not in _EPHEMERAL)


def _is_open(container: Container, exposed: frozenset[int]) -> bool:
    ports = ports_of(container, exposed)
    return bool(exposed.intersection(ports) if exposed else ports)


def _answers(container: Container, wanted: Ready) -> bool:
    try:
        if wanted.http:
            return int(dict(request(container, Http(wanted.http), _CONNECT_TIMEOUT))["status"]) < 500
        with closing(container.connect(*address(wanted.tcp), _CONNECT_TIMEOUT)):
            return True
    except OSError:
        return False
