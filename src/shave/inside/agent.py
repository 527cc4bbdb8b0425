"""The first process of the outer PID namespace: makes the container, then answers shave until shave goes.

It is the parent of the container's first process but outside its namespaces, so that the container cannot see it. Each
request is answered by a fork of its own over a channel of its own, so that nothing here ever waits.
"""

import contextlib
import fcntl
import marshal
import os
import select
import signal
import socket
import struct
from time import monotonic
from typing import Any

from . import kernel, requests, rootfs, runtime, sandbox
from .job import Container, Job

_MESSAGE_BYTES = 1 << 20
_OUT_OF_MEMORY_SCORE = "500"


def trial(job: Job, control: socket.socket) -> None:
    """Whether this machine lets us do what a container needs: overlay, proc and a tmpfs in our namespaces."""
    kernel.mount("tmpfs", job["directory"], "tmpfs")
    os.chdir(job["directory"])
    for name in ("lower", "upper", "work", "root", "proc"):
        os.mkdir(name)
    kernel.mount("proc", "proc", "proc", kernel.NOSUID | kernel.NODEV | kernel.NOEXEC)
    attributes = rootfs.supports_attributes("upper")
    options = "lowerdir=lower,upperdir=upper,workdir=work" + ("" if rootfs.in_first_user_namespace() else ",userxattr")
    kernel.mount("overlay", "root", "overlay", 0, options)
    control.send(marshal.dumps({"done": True, "attributes": attributes}))


def run(job: Job, control: socket.socket) -> None:
    """Start the container and serve until shave hangs up."""
    container = job["container"]
    os.chdir(job["directory"])
    _, output = receive(control)
    host_proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    kernel.unshare(kernel.NEWCGROUP)
    _score()
    kernel.mount("proc", "/proc", "proc", kernel.NOSUID | kernel.NODEV | kernel.NOEXEC)
    if job["network"] == "none":
        _loopback_up()
    settled = rootfs.make(container)
    wake = _wake_by_children()
    begun = monotonic()
    if container["runtime"] and not settled["refused"]:
        watched, first = runtime.start(container, settled, (output[0], output[1]))
    else:
        watched = first = sandbox.start(container, settled, (output[0], output[1]), host_proc)
    for descriptor in (*output, host_proc):
        os.close(descriptor)
    control.send(marshal.dumps({"started": True, "begun": begun}))
    _serve(control, wake, container, watched, first)


def receive(control: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """One message and its descriptors; empty at a hang-up.

    No program of the image may inherit a descriptor: recv_fds(), unlike all else in Python, makes them inheritable.
    """
    data, descriptors, _, _ = socket.recv_fds(control, _MESSAGE_BYTES, 8)
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    return (marshal.loads(data) if data else {}), descriptors


def _serve(control: socket.socket, wake: int, container: Container, watched: int, first: int) -> None:
    while True:
        ready = select.select([control.fileno(), wake], [], [])[0]
        if wake in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(wake, 4096)
            for pid, status in _reaped():
                if pid == watched:
                    watched = first = 0
                    control.send(marshal.dumps({"exit": status}))
        if control.fileno() in ready:
            request, descriptors = receive(control)
            if not request:
                return
            requests.answer(request, descriptors, container, first)
            for descriptor in descriptors:
                os.close(descriptor)


def _reaped() -> list[tuple[int, int]]:
    found = []
    with contextlib.suppress(ChildProcessError):
        while (pair := os.waitpid(-1, os.WNOHANG))[0]:
            code = os.waitstatus_to_exitcode(pair[1])
            found.append((pair[0], 128 - code if code < 0 else code))
    return found


def _wake_by_children() -> int:
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    os.write(writer, b"\0")  # what ended before now is looked for too
    return reader


def _score() -> None:
    """Where memory runs out it is the container that goes, not its neighbours."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write(_OUT_OF_MEMORY_SCORE)


def _loopback_up() -> None:
    get_flags, set_flags, up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = fcntl.ioctl(any_socket, get_flags, struct.pack("16sh14x", b"lo", 0))
        flags = struct.unpack("16sh14x", request)[1]
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", flags | up))
