"""Containers of an engine: made, fed, listened to, and removed, also those that a killed shave left behind.

Source: Docker Engine API 1.41, which podman speaks too.
"""

import hashlib
import os
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from shave.engine import Engine, connect, refused

OWNER = "shave.owner"
_LONG_SECONDS = 900
_CHUNK = 1 << 20
STDOUT = 1


class Attached(Struct, frozen=True):
    """The streams of a container, attached before it starts. Closing ends its standard input."""

    stream: Any

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """What it writes, as (1 for stdout or 2 for stderr, bytes), to its end or ours."""
        from docker.utils.socket import frames_iter

        with suppress(OSError, ValueError):  # the latter says that another thread has closed it
            yield from frames_iter(self.stream, tty=False)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self.stream.close()


class EngineContainer(Struct, frozen=True):
    """A container that was made, by its ID. All methods raise CannotError with the engine's own words."""

    engine: Engine
    id: str

    def put(self, directory: str, archive: Iterable[bytes]) -> None:
        """Extract a tar in a directory of the container, which need not run."""
        with refused(self.engine.address):
            self.engine.client.api.put_archive(self.id, directory, archive)

    def get(self, path: str) -> Iterator[bytes]:
        """A file or directory of the container as a tar, its names beginning with the last part of ``path``."""
        with refused(self.engine.address):
            yield from self.engine.client.api.get_archive(self.id, path, chunk_size=_CHUNK)[0]

    def attach(self, stdin: bool = False) -> Attached:
        """Its streams from now on."""
        wanted = {"stdin": int(stdin), "stdout": 1, "stderr": 1, "stream": 1}
        with refused(self.engine.address):
            return Attached(self.engine.client.api.attach_socket(self.id, wanted))

    def start(self) -> None:
        """Start it."""
        with refused(self.engine.address):
            self.engine.client.api.start(self.id)

    def pid(self) -> int:
        """Its first process, as the engine's machine numbers it; 0 if it does not run."""
        with refused(self.engine.address):
            return int(self.engine.client.api.inspect_container(self.id)["State"]["Pid"])

    def wait(self) -> int:
        """Wait for its end; the exit status, 128 + n for signal n."""
        with refused(self.engine.address):
            return int(self.engine.client.api.wait(self.id)["StatusCode"])

    def signal(self, name: str) -> None:
        """Send a signal to its first process; nothing happens if it has ended."""
        from docker.errors import APIError

        with refused(self.engine.address), suppress(APIError):
            self.engine.client.api.kill(self.id, name)

    def execute(self, arguments: Sequence[str]) -> "Execution":
        """Start a program inside, as the container's user and in its directory."""
        api = self.engine.client.api
        with refused(self.engine.address):
            identity = api.exec_create(self.id, list(arguments))["Id"]
            return Execution(self.engine, identity, Attached(api.exec_start(identity, socket=True)))

    def remove(self) -> None:
        """Kill it and remove it with its anonymous volumes; a container that is gone already is none to complain of."""
        from docker.errors import APIError

        with refused(self.engine.address), suppress(APIError):
            self.engine.client.api.remove_container(self.id, v=True, force=True)


class Execution(Struct, frozen=True):
    """A program started in a running container, and its streams."""

    engine: Engine
    id: str
    attached: Attached

    def state(self) -> dict[str, Any]:
        """``Running``, ``ExitCode``, ``Pid`` (as the engine's machine numbers it)."""
        with refused(self.engine.address):
            return dict(self.engine.client.api.exec_inspect(self.id))


@contextmanager
def connected() -> Iterator[Engine]:
    """A connection for containers: patient, and cleared of what killed shaves have left in the engine."""
    with connect() as engine:
        engine.client.api.timeout = _LONG_SECONDS
        clear(engine)
        yield engine


@contextmanager
def created(engine: Engine, wanted: dict[str, Any]) -> Iterator[EngineContainer]:
    """A container by the body of the API's ContainerCreate; removed, running or not, at the end of the context."""
    api: Any = engine.client.api
    with refused(engine.address):
        made = api.create_container_from_config(wanted | {"Labels": {OWNER: owner()}})
    container = EngineContainer(engine, made["Id"])
    try:
        yield container
    finally:
        container.remove()


def clear(engine: Engine) -> None:
    """Remove the containers, and the temporary names of images, whose shave has died."""
    api = engine.client.api
    with refused(engine.address):
        for found in api.containers(all=True, filters={"label": OWNER}):
            if has_died(found["Labels"][OWNER]):
                EngineContainer(engine, found["Id"]).remove()
        for name in temporary_names(engine):
            if has_died(name.rpartition(":")[2].rpartition("-")[0]):
                forget(engine, name)


TEMPORARY = "shave-run"


def temporary_names(engine: Engine) -> list[str]:
    """The names ``shave-run:OWNER-NUMBER`` under which images are loaded for a while."""
    with refused(engine.address):
        images = engine.client.api.images(name=TEMPORARY)
    return [name for image in images for name in image["RepoTags"] or () if f"{TEMPORARY}:" in name]


def forget(engine: Engine, name: str) -> None:
    """Take a name away, and with the last one the image, unless a container still needs it."""
    from docker.errors import APIError

    with refused(engine.address), suppress(APIError):
        engine.client.api.remove_image(name)


@cache
def owner() -> str:
    """Who we are for other shaves that use the same engine: machine, boot, PID namespace, pid, start.

    Empty where there is no /proc to tell the living from the dead: nobody will clear up after us then.
    """
    try:
        return f"{_machine()}-{_boot()}-{_pid_namespace()}-{os.getpid()}-{_started(os.getpid())}"
    except OSError:
        return ""


def has_died(label: str) -> bool:
    """Whether the owner is gone for certain: a process of another machine or PID namespace may be alive."""
    parts, ours = label.split("-"), owner().split("-")
    if len(parts) != 5 or len(ours) != 5 or parts[0] != ours[0]:
        return False
    if parts[1] != ours[1]:
        return True
    return parts[2] == ours[2] and _started(int(parts[3]) if parts[3].isdecimal() else 0) != parts[4]


def _machine() -> str:
    identity = Path("/etc/machine-id")
    text = identity.read_text() if identity.exists() else ""
    return hashlib.sha256(f"{socket.gethostname()} {text}".encode()).hexdigest()[:12]


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text()[:8]


def _pid_namespace() -> str:
    return str(Path("/proc/self/ns/pid").readlink()).removeprefix("pid:[").removesuffix("]")


def _started(pid: int) -> str:
    """Clock ticks from boot to the process's start, "" if there is none: proc_pid_stat(5), starttime."""
    try:
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def is_local(engine: Engine) -> bool:
    """Whether the engine's containers are processes of this very kernel, which only a local socket can lead to."""
    if not engine.address.startswith(("unix://", "http+unix://", "npipe://")):
        return False
    with refused(engine.address):
        return str(engine.client.api.info().get("KernelVersion")) == os.uname().release


def supports_listener(engine: Engine) -> bool:
    """Whether the engine hands ``listenerPath`` of a seccomp profile on to the runtime: Docker since 23, podman."""
    with refused(engine.address):
        version = engine.client.api.version()
    names = {part.get("Name", "") for part in version.get("Components") or ()}
    major = str(version.get("Version", "")).partition(".")[0]
    return "Podman Engine" in names or (major.isdecimal() and int(major) >= 23)
