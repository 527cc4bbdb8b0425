"""Questions to a running container. A kind of probe is one file here; this table is the whole family."""

from shave.probe import ProbeKind
from shave.probes import command, exec, http, script, tcp  # noqa: A004
from shave.probes.protocol import Ask

ASK: dict[ProbeKind, Ask] = {
    "http": http.ask,
    "exec": exec.ask,
    "command": command.ask,
    "script": script.ask,
    "tcp": tcp.ask,
}

__all__ = ["ASK", "Ask"]
