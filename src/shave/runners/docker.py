"""The user's own engine: what Docker itself makes of an image, for a last look at a result.

The image is loaded under a private name. Two things are looser than with the other runners: the container's disk is not
bounded, and a shave that is killed leaves its containers running until the next one clears them.
"""

import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from shave import cgroup
from shave.containers import (
    STDOUT,
    TEMPORARY,
    Attached,
    EngineContainer,
    connected,
    created,
    forget,
    is_local,
    owner,
    supports_listener,
)
from shave.engine import Engine
from shave.errors import BadImageError, CannotError
from shave.events import Sink
from shave.image import Image
from shave.oci import Config
from shave.reference import Reference
from shave.runners.container import listening_ports
from shave.runners.defaults import HOSTNAME
from shave.runners.memory import resident_bytes
from shave.runners.network import Value, in_network_of
from shave.runners.output import LIMIT_BYTES, Tail, Watched
from shave.runners.protocol import Completed, Start
from shave.runners.support import machine, require_plain
from shave.seccomp import oci_profile
from shave.sources import write_image
from shave.store import Unpacked

_INSTEAD = "use --runner helper"
_FIRST_PID_NAMESPACE = "pid:[4026531836]"
_GRACE = 2.0
_numbers = count(1)
# docker/cli, cli/command/container/run.go, toStatusError
_STATUS = {
    127: ("executable file not found", "no such file or directory"),
    126: ("permission denied", "is a directory"),
}


class Docker:
    """An engine on this machine, Docker's or podman's, driven by root."""

    name = "docker"

    def refusal(self, config: Config) -> str | None:
        """Its containers must be processes that we can see and whose network we can enter."""
        try:
            in_container = str(Path("/proc/self/ns/pid").readlink()) != _FIRST_PID_NAMESPACE
        except OSError:
            in_container = True
        if in_container or os.geteuid() != 0:
            return f"only root, outside of any container, can enter the network of an engine's containers: {_INSTEAD}"
        try:
            with connected() as engine:
                return (
                    None if is_local(engine) else f"the engine at {engine.address} is not on this machine: {_INSTEAD}"
                )
        except CannotError as error:
            return str(error)

    @contextmanager
    def prepare(self, unpacked: Unpacked, config: Config, directory: Path, sink: Sink) -> Iterator["Prepared"]:
        """Load the image; at the end of the context its name is gone, and the image unless it has another one."""
        name = f"{owner()}-{next(_numbers)}"
        with connected() as engine:
            try:
                write_image(_at_hand(unpacked), Reference("docker-daemon", TEMPORARY, name), sink)
                yield Prepared(engine, f"{TEMPORARY}:{name}")
            finally:
                forget(engine, f"{TEMPORARY}:{name}")


def _at_hand(unpacked: Unpacked) -> Image:
    """The image with its plain tars, so that nothing is decompressed twice."""
    pairs = zip(unpacked.image.layers, unpacked.layers, strict=True)
    layers = (layer if layer.plain else replace(layer, plain=(plain.path, plain.start)) for layer, plain in pairs)
    return replace(unpacked.image, layers=tuple(layers))


class Prepared(Struct, frozen=True):
    """An image in the engine, by its private name."""

    engine: Engine
    name: str

    @contextmanager
    def start(self, start: Start) -> Iterator["Container"]:
        """See ``protocol.Prepared``. Raises CannotError for a trace that the engine cannot take part in."""
        require_plain((*start.arguments, *start.environment, *start.volumes, start.user, start.workdir))
        with created(self.engine, self._body(start)) as container:
            attached = container.attach()
            try:
                yield Container(container, attached, start.network)
            finally:
                container.remove()
                attached.close()

    def _body(self, start: Start) -> dict[str, Any]:
        limits = cgroup.default_limits()
        return {
            "Image": self.name,
            "Hostname": "" if start.network == "host" else HOSTNAME,
            "Entrypoint": list(start.arguments),
            "Env": list(start.environment),
            "User": start.user,
            "WorkingDir": start.workdir,
            "StopSignal": start.stop_signal,
            "Volumes": {path: {} for path in start.volumes},
            "Healthcheck": {"Test": ["NONE"]},
            "HostConfig": {
                "NetworkMode": start.network,
                "Memory": limits.memory_bytes,
                "PidsLimit": limits.processes,
                "LogConfig": {"Type": "none"},
                "Mounts": [
                    {"Type": "bind", "Source": str(bound.source), "Target": bound.target, "ReadOnly": bound.read_only}
                    for bound in start.mounts
                ],
                "SecurityOpt": [self._traced(start.listener)] if start.listener else [],
            },
        }

    def _traced(self, listener: Path) -> str:
        if not supports_listener(self.engine):
            raise CannotError(
                "this engine does not hand a seccomp listener on to its containers (Docker does since 23)",
                "trace with --runner auto; verify with --runner docker",
            )
        return f"seccomp={json.dumps(oci_profile(listener, machine()))}"


class Container(Watched):
    """A container of the engine; see ``protocol.Container``. Two threads read what it writes and wait for its end."""

    def __init__(self, container: EngineContainer, attached: Attached, network: str) -> None:
        super().__init__()
        self._container, self._attached, self._network = container, attached, network
        self._before = listening_ports(os.getpid()) if network == "host" else set()
        self._reader = threading.Thread(target=_read, args=(attached, self._tails), daemon=True)
        self._start()

    def _start(self) -> None:
        """A program that is not there ends the container as it ends ``docker run``."""
        self._pid = 0
        self.begun = monotonic()
        try:
            self._container.start()
        except CannotError as error:
            self._status, sentence = _refused_program(error)
            self._tails[1].add(f"{sentence}\n".encode())
            self._ended.set()
            return
        self._reader.start()
        self._pid = self._container.pid()
        threading.Thread(target=self._await, daemon=True).start()

    def _await(self) -> None:
        status = 137
        with suppress(CannotError, OSError):
            status = self._container.wait()
        self._reader.join(_GRACE)
        self._status = status
        self._ended.set()

    def signal(self, name: str) -> None:
        """Send a signal to its first process."""
        self._container.signal(name)

    def execute(self, arguments: Sequence[str], timeout: float) -> Completed:
        """Run a program inside; its user, environment and directory are the container's."""
        if self._ended.is_set():
            return Completed(1, b"", b"the container is not running\n")
        execution = self._container.execute(arguments)
        tails = (Tail(), Tail())
        reader = threading.Thread(target=_read, args=(execution.attached, tails), daemon=True)
        reader.start()
        reader.join(timeout)
        state = execution.state()
        if state["Running"] and state["Pid"]:
            with suppress(ProcessLookupError):
                os.kill(state["Pid"], signal.SIGKILL)
            reader.join(_GRACE)
        execution.attached.close()
        status = 124 if state["Running"] else int(state["ExitCode"])
        return Completed(status, tails[0].value(), tails[1].value())

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """A connection made inside the network namespace. Raises OSError as connect(2) does."""
        connection = self._within(partial(socket.create_connection, (host, port), timeout))
        connection.settimeout(None)
        return connection

    def listening(self) -> tuple[int, ...]:
        """TCP ports that are listened on and were not before it started."""
        return tuple(sorted(listening_ports(self._pid) - self._before)) if self._pid else ()

    def resident_bytes(self) -> int:
        """What its first process and those below it have."""
        return resident_bytes(self._pid) if self._pid else 0

    def script(self, arguments: Sequence[str], environment: dict[str, str], timeout: float) -> Completed:
        """Run a program of the host in the network namespace. ``environment`` is added to ours."""
        return self._within(partial(_run, arguments, dict(os.environ) | environment, timeout))

    def _within(self, action: Callable[[], Value]) -> Value:
        if self._network == "host":
            return action()
        if not self._pid:
            raise ConnectionRefusedError(111, "the container has ended")
        return in_network_of(self._pid, action)


def _read(attached: Attached, tails: tuple[Tail, Tail]) -> None:
    for number, data in attached.frames():
        tails[0 if number == STDOUT else 1].add(data)


def _refused_program(error: CannotError) -> tuple[int, str]:
    """Exit status and sentence if the engine could not execute the program; BadImageError for an unknown user."""
    sentence = str(error).partition("exec: ")[2].removesuffix(": unknown")
    for status, texts in _STATUS.items():
        if any(text in sentence for text in texts):
            return status, f"exec: {sentence}"
    if "unable to find" in str(error):
        raise BadImageError(str(error)) from error
    raise error


def _run(arguments: Sequence[str], environment: dict[str, str], timeout: float) -> Completed:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            arguments, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, start_new_session=True
        )
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            status = 124
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return Completed(128 - status if status < 0 else status, _end(out), _end(errors))


def _end(file: BinaryIO) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - LIMIT_BYTES))
    return file.read()
