"""A started container, spoken to through the agent beside it (shave.inside.agent)."""

import marshal
import os
import selectors
import signal
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from shave.errors import CannotError
from shave.proc import Inside, Message
from shave.runners.memory import resident_bytes
from shave.runners.output import Tail, Watched, read_some
from shave.runners.protocol import Completed
from shave.runners.support import require_plain

_GRACE = 0.2
_MESSAGE_BYTES = 1 << 20
_LISTEN = "0A"
_INNER = 2
"""How many PID namespaces below that of the watch the container is: the agent's and its own."""
_LONGEST_NAME = 40


class Container(Watched):
    """One container; see ``protocol.Container``. A thread of its own reads what it writes and hears of its end."""

    def __init__(self, inside: Inside, pipes: tuple[int, int], begun: float, before: set[int]) -> None:
        super().__init__()
        self.begun = begun
        self._inside = inside
        self._before = before
        self._reader = threading.Thread(target=self._read, args=(pipes,), daemon=True)
        self._reader.start()

    def signal(self, name: str) -> None:
        """Send a signal to its first process, as from outside its PID namespace."""
        self._ask({"kind": "signal", "number": signal_number(name)})

    def execute(self, arguments: Sequence[str], timeout: float) -> Completed:
        """Run a program inside as the image's user."""
        require_plain(arguments)
        return self._run({"kind": "execute", "arguments": list(arguments), "timeout": timeout}, timeout)

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """A connection made inside the network namespace. Raises OSError as connect(2) does."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            with theirs:
                request = {"kind": "connect", "host": host, "port": port, "timeout": timeout}
                self._ask(request, (theirs.fileno(),))
            ours.settimeout(timeout + 5)
            data, descriptors, _, _ = socket.recv_fds(ours, _MESSAGE_BYTES, 1)
        reply: Message = marshal.loads(data) if data else {"errno": 104, "text": "the container is gone"}
        if not descriptors:
            raise OSError(reply["errno"], reply["text"])
        return socket.socket(fileno=descriptors[0])

    def listening(self) -> tuple[int, ...]:
        """TCP ports that are listened on, without those that were taken before it started (on the host's network)."""
        return tuple(sorted(listening_ports(self._inside.pid) - self._before))

    def resident_bytes(self) -> int:
        """What the processes in the inner PID namespace have: those of the watch and of the agent are not its own."""
        return resident_bytes(self._inside.pid, _INNER)

    def script(self, arguments: Sequence[str], environment: dict[str, str], timeout: float) -> Completed:
        """Run a program of the host in the network namespace. ``environment`` is added to ours."""
        request = {
            "kind": "script",
            "arguments": list(arguments),
            "environment": dict(os.environ) | environment,
            "directory": str(Path.cwd()),
            "uid": os.geteuid(),
            "gid": os.getegid(),
            "timeout": timeout,
        }
        return self._run(request, timeout)

    def _ask(self, request: Message, descriptors: Sequence[int] = ()) -> None:
        try:
            self._inside.send(request, descriptors)
        except OSError as error:
            raise CannotError("the container is gone", "it was killed from outside") from error

    def _run(self, request: Message, timeout: float) -> Completed:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        out, errors, tails = os.pipe(), os.pipe(), (Tail(), Tail())
        with ours:
            try:
                with theirs:
                    self._ask(request, (theirs.fileno(), out[1], errors[1]))
            finally:
                for writer in (out[1], errors[1]):
                    os.close(writer)
            reply = _collect(ours, {out[0]: tails[0], errors[0]: tails[1]}, timeout)
        text = f"{reply['text']}\n".encode() if reply.get("text") else b""
        return Completed(reply.get("status", 126), tails[0].value(), tails[1].value() + text)

    def _read(self, pipes: tuple[int, int]) -> None:
        with selectors.DefaultSelector() as selector:
            for number, tail in zip(pipes, self._tails, strict=True):
                selector.register(number, selectors.EVENT_READ, tail)
            selector.register(self._inside.control, selectors.EVENT_READ)
            while selector.get_map():
                events = selector.select()
                read_some(selector, events)
                if any(key.data is None for key, _ in events):
                    self._hear(selector)
        self._ended.set()

    def _hear(self, selector: selectors.BaseSelector) -> None:
        """The end of the container: its pipes are at their end as well, for its whole PID namespace died with it."""
        try:
            data = self._inside.control.recv(_MESSAGE_BYTES)
        except OSError:
            data = b""
        message = marshal.loads(data) if data else {}
        if "failed" in message:
            self._tails[1].add(f"{message['failed'][1]}\n".encode("utf-8", "replace"))
        self._status = message.get("exit", 137)
        selector.unregister(self._inside.control)


def signal_number(name: str) -> int:
    """The number of ``SIGTERM``, ``TERM`` or ``15``; ``RTMIN+3`` and the like too (systemd's stop signal)."""
    base, plus, offset = name.upper().removeprefix("SIG").partition("+")
    try:
        number = int(base) if base.isdecimal() else int(signal.Signals[f"SIG{base}"]) + (int(offset) if plus else 0)
    except (KeyError, ValueError):
        number = 0
    if not 0 < number < signal.NSIG:
        raise CannotError(f"{name[:_LONGEST_NAME]!r} is not a signal", "signal(7) lists them")
    return number


def _collect(channel: socket.socket, tails: dict[int, Tail], timeout: float) -> Message:
    """Read until the reply is there and the pipes are at their end; a process left behind does not hold us up."""
    reply: Message = {}
    deadline = monotonic() + timeout + 10
    with selectors.DefaultSelector() as selector:
        for number, tail in tails.items():
            selector.register(number, selectors.EVENT_READ, tail)
        selector.register(channel, selectors.EVENT_READ)
        while selector.get_map() and (left := deadline - monotonic()) > 0:
            events = selector.select(left)
            read_some(selector, events)
            if any(key.data is None for key, _ in events):
                data = channel.recv(_MESSAGE_BYTES)
                reply = marshal.loads(data) if data else {"status": 137, "text": "the container is gone"}
                selector.unregister(channel)
                deadline = min(deadline, monotonic() + _GRACE)
        for key in list(selector.get_map().values()):
            if isinstance(key.data, Tail):
                os.close(key.fd)
    return reply or {"status": 124}


def listening_ports(pid: int) -> set[int]:
    """Ports in state LISTEN in the network namespace of a process: proc_net_tcp.rst."""
    ports = set()
    for name in ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
        except OSError:
            continue
        rows = (line.split() for line in lines)
        ports |= {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == _LISTEN}
    return ports
