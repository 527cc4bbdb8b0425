"""What a runner must be able to do: take an image once, start it as often as asked."""

import socket
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from shave.events import Sink
from shave.oci import Config
from shave.store import Unpacked

Output = tuple[bytes, bytes]


class Mount(Struct, frozen=True):
    """A host path bound into the container, ``read_only`` or not."""

    source: Path
    target: str
    read_only: bool = False


class Start(Struct, frozen=True):
    """How one container is started, all defaults of the image already applied.

    ``user`` is as in the image config (``name``, ``uid``, ``uid:gid`` …), resolved by the runner in the image's own
    passwd and group. ``volumes`` are fresh writable directories initialised from the image with owner and mode.
    ``network`` "none" is a namespace of its own with loopback only. ``listener`` is the Unix socket on which a tracer
    waits for a seccomp notification descriptor.
    """

    arguments: tuple[str, ...]
    environment: tuple[str, ...]
    user: str = ""
    workdir: str = "/"
    volumes: tuple[str, ...] = ()
    mounts: tuple[Mount, ...] = ()
    network: str = "none"
    stop_signal: str = "SIGTERM"
    listener: Path | None = None


class Completed(Struct, frozen=True):
    """How a program ended: exit status (128 + n for signal n, 124 if its time ran out), stdout, stderr."""

    status: int
    stdout: bytes
    stderr: bytes


class Container(Protocol):
    """A started image. All waiting is bounded by the caller's ``timeout`` in seconds.

    ``begun`` is when its first process was about to be made, as time.monotonic() has it.
    """

    begun: float

    def logs(self) -> Output:
        """Everything written to stdout and stderr so far (each bounded at 16 MiB, the newest kept)."""

    def wait(self, timeout: float) -> int | None:
        """The exit status (128 + n for signal n), or None if it still runs after ``timeout``."""

    def signal(self, name: str) -> None:
        """Send a signal by name or number to the container's first process."""

    def execute(self, arguments: Sequence[str], timeout: float) -> Completed:
        """Run a program inside, as the image's user, with its environment and working directory."""

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """A TCP connection made from inside the container's network namespace. Raises OSError as connect(2) does."""

    def listening(self) -> tuple[int, ...]:
        """The TCP ports somebody listens on inside, sorted."""

    def resident_bytes(self) -> int:
        """The memory that its processes have had at most so far, of those that are alive; 0 if there are none."""

    def script(self, arguments: Sequence[str], environment: dict[str, str], timeout: float) -> Completed:
        """Run a program of the host, by its absolute path, inside the container's network namespace.

        ``environment`` is added to ours; the working directory is ours.
        """


class Prepared(Protocol):
    """An image made ready to start."""

    def start(self, start: Start) -> AbstractContextManager[Container]:
        """A container from the image alone; at the end of the context every process, mount and file of it is gone."""


class Runner(Protocol):
    """One way of running containers here."""

    name: str

    def refusal(self, config: Config) -> str | None:
        """Why this image cannot be run this way here, in one sentence; None if it can. Cheap: asked of each."""

    def prepare(
        self, unpacked: Unpacked, config: Config, directory: Path, sink: Sink
    ) -> AbstractContextManager[Prepared]:
        """Make the image ready below ``directory`` (private, empty). At the end of the context all of it is gone."""
