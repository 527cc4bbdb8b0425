"""``script``: a program of the host, inside the container's network namespace; judged by its exit status alone."""

from shave.probe import Observation, Probe
from shave.probes.answer import tail
from shave.runners.protocol import Container


def ask(container: Container, probe: Probe) -> Observation:
    """Run it with the user's own environment, told where the container answers.

    A script that fails is a failure of the probe: it says so itself.
    """
    arguments = (probe.script,) if isinstance(probe.script, str) else probe.script or ()
    ports = " ".join(map(str, container.listening()))
    told = {"SHAVE_PROBE": probe.name, "SHAVE_HOST": "localhost", "SHAVE_PORTS": ports}
    completed = container.script(arguments, told, probe.timeout)
    shown = tail(completed.stdout, completed.stderr)
    failure = f"the script's exit status is {completed.status}" if completed.status else ""
    return Observation(probe.name, probe.kind, (("status", str(completed.status)),), shown, failure)
