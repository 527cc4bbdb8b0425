"""What shave asks of a started container: a signal, a program in it, a connection from it, a script beside it."""

import contextlib
import marshal
import os
import select
import signal
import socket
from collections.abc import Callable
from typing import Any

from . import kernel
from .failure import TaskError
from .job import Container, Process
from .process import become, dial, settle

Request = dict[str, Any]


def answer(request: Request, descriptors: list[int], container: Container, first: int) -> None:
    """Answer by a child, whose channel is the first descriptor; a signal is sent at once."""
    if request["kind"] == "signal":
        if first:
            os.kill(first, request["number"])
        return
    try:
        if os.fork():
            return
    except OSError as error:  # the container has used up its processes, which ours count among
        with socket.fromfd(descriptors[0], socket.AF_UNIX, socket.SOCK_SEQPACKET) as channel:
            _reply(channel, {"errno": error.errno, "text": f"fork: {error.strerror}"})
        return
    channel = socket.socket(fileno=descriptors[0])
    try:
        _KINDS[request["kind"]](request, channel, descriptors[1:], container, first)
    except OSError as error:
        _reply(channel, {"errno": error.errno or 0, "text": error.strerror or str(error)})
    except TaskError as error:
        _reply(channel, {"status": 126, "text": str(error)})
    os._exit(0)


def _reply(channel: socket.socket, value: Request, descriptors: tuple[int, ...] = ()) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        socket.send_fds(channel, [marshal.dumps(value)], descriptors)


def _connect(request: Request, channel: socket.socket, _output: list[int], _container: Container, _first: int) -> None:
    with socket.create_connection((request["host"], request["port"]), request["timeout"]) as connection:
        connection.settimeout(None)
        _reply(channel, {"connected": True}, (connection.fileno(),))


def _execute(request: Request, channel: socket.socket, output: list[int], container: Container, first: int) -> None:
    """In all namespaces of the container. A second filter of the same kind sends the tracer a second descriptor."""
    if not first:
        _reply(channel, {"status": 1, "text": "the container is not running"})
        return
    process: Process = {**container["process"], "arguments": request["arguments"]}
    tracer = dial(process["listener"])
    kernel.hide()  # from the container's processes, who could else reach the host through /proc/PID: CVE-2019-5736
    spaces = kernel.NEWNS | kernel.NEWPID | kernel.NEWUTS | kernel.NEWIPC
    kernel.enter(os.pidfd_open(first), spaces)
    settled = settle(process)

    def program() -> None:
        become(process, settled, tracer, os.getpid(), container["processes"])

    _run(program, channel, output, request["timeout"])


def _script(request: Request, channel: socket.socket, output: list[int], _container: Container, _first: int) -> None:
    """On the host's file system, as the host's user, in the container's network."""

    def program() -> None:
        if request["uid"]:
            _be_mapped_back(request["uid"], request["gid"])
        os.chdir(request["directory"])
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execve(request["arguments"][0], request["arguments"], request["environment"])

    _run(program, channel, output, request["timeout"])


def _be_mapped_back(uid: int, gid: int) -> None:
    """Root here is an ordinary user outside; one more user namespace shows the outer number again."""
    kernel.unshare(kernel.NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} 0 1"), ("gid_map", f"{gid} 0 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _run(program: Callable[[], None], channel: socket.socket, output: list[int], timeout: float) -> None:
    child = os.fork()
    if child == 0:
        _as_program(program, output)
    ended = os.pidfd_open(child)
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(channel, 0)  # a caller that hangs up has lost interest
    in_time = bool(poll.poll(timeout * 1000))
    if not select.select([ended], [], [], 0)[0]:
        with contextlib.suppress(ProcessLookupError):  # it has no group of its own yet
            os.killpg(child, signal.SIGKILL)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    _reply(channel, {"status": (128 - code if code < 0 else code) if in_time else 124})


def _as_program(program: Callable[[], None], output: list[int]) -> None:
    os.setsid()
    for number, source in enumerate((os.open("/dev/null", os.O_RDONLY), *output)):
        os.dup2(source, number)
    try:
        program()
    except OSError as error:
        os.write(2, f"{error.filename or 'exec'}: {(error.strerror or '').lower()}\n".encode())
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)


_KINDS: dict[str, Callable[[Request, socket.socket, list[int], Container, int], None]] = {
    "connect": _connect,
    "execute": _execute,
    "script": _script,
}
