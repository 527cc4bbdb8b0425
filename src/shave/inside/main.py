"""Entering: the namespaces, the first process in them, and the watch over it.

shave starts this process (the watch). It makes the namespaces, asks shave for the identity maps over ``control``, and
forks the first process of a new PID namespace, which does the task. The watch does nothing but wait: when shave goes,
for whatever reason, ``control`` hangs up and the first process is killed, and with it everything in the namespace.
"""

import marshal
import os
import select
import socket
import sys
import traceback
from collections.abc import Callable

from . import agent, kernel, unpack
from .failure import TaskError, explain
from .job import Job

TASKS: dict[str, Callable[[Job, socket.socket], None]] = {
    "trial": agent.trial,
    "unpack": unpack.unpack,
    "remove": unpack.remove,
    "run": agent.run,
}


def main(control_number: int, job_number: int) -> None:
    """Do the job marshalled in ``job_number``; never returns."""
    shave = os.pidfd_open(os.getppid())
    control = socket.socket(fileno=control_number)
    for number in (control_number, job_number):
        os.set_inheritable(number, False)
    with open(job_number, "rb") as file:
        job: Job = marshal.load(file)
    try:
        _separate(job, control)
    except OSError as error:
        control.send(marshal.dumps({"failed": ("namespaces", explain(error)[1])}))
        os._exit(1)
    watch = os.pidfd_open(os.getpid())
    child = os.fork()
    if child == 0:
        _first(job, control, watch)
    _watch(child, control, shave)


def _separate(job: Job, control: socket.socket) -> None:
    user = kernel.NEWUSER if job["user_namespace"] else 0
    if job["joins"]:
        kernel.enter(os.pidfd_open(job["joins"]), user | kernel.NEWNS)
    else:
        kernel.unshare(user)
    control.send(marshal.dumps({"separate": True}))
    if control.recv(16) != b"go":
        os._exit(1)
    if user:
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)
    network = kernel.NEWNET if job["network"] == "none" else 0
    kernel.unshare(kernel.NEWNS | kernel.NEWPID | network)
    kernel.mount("", "/", "", kernel.REC | kernel.PRIVATE)


def _first(job: Job, control: socket.socket, watch: int) -> None:
    kernel.die_with_parent()
    if select.select([watch], [], [], 0)[0]:
        os._exit(1)
    os.umask(0o022)
    try:
        TASKS[job["task"]](job, control)
    except (OSError, TaskError) as error:
        control.send(marshal.dumps({"failed": explain(error)}))
    except BaseException:
        traceback.print_exc(file=sys.stderr)
        sys.stderr.flush()
        os._exit(70)
    os._exit(0)


def _watch(child: int, control: socket.socket, shave: int) -> None:
    ended = os.pidfd_open(child)
    poll = select.poll()
    poll.register(control, 0)  # a hang-up is reported unasked
    poll.register(shave, select.POLLIN)
    poll.register(ended, select.POLLIN)
    while not (events := poll.poll()):
        pass
    if all(number != ended for number, _ in events):
        os.kill(child, 9)
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
