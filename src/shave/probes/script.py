"""``script``: a program of the host, inside the container's network namespace; judged by its exit status alone."""

from pathlib import Path

from shave.probe import Observation, Probe
from shave.probes.answer import tail
from shave.runners.protocol import Container


def ask(container: Container, probe: Probe) -> Observation:
    """Run it with the user's own environment. A script that fails is a failure of the probe: it says so itself."""
    completed = container.script(Path(probe.script or ""), {"SHAVE_PROBE": probe.name}, probe.timeout)
    shown = tail(completed.stdout, completed.stderr)
    failure = f"the script's exit status is {completed.status}" if completed.status else ""
    return Observation(probe.name, probe.kind, (("status", str(completed.status)),), shown, failure)
