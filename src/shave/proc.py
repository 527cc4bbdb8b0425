"""The door to processes in namespaces of their own: starts the program ``shave.inside`` and maps its identities.

A job runs below a watch process that ends with us, however we end, and takes everything with it.
"""

import marshal
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from msgspec import Struct

from shave.errors import BadImageError, CannotError
from shave.inside.job import Job

Message = dict[str, Any]
Map = tuple[tuple[int, int, int], ...]

_BOOT = "import sys; sys.path.append(sys.argv[1]); from inside.main import main; main(*map(int, sys.argv[2:]))"
_MESSAGE_BYTES = 1 << 20
_BUG = 70
_NO_NAMESPACES = (
    "install uidmap, and allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone; "
    "on Ubuntu kernel.apparmor_restrict_unprivileged_userns), or run as root"
)
_HINTS = {
    "namespaces": _NO_NAMESPACES,
    "cannot": "look at this machine's disk, memory and limits (df, free, ulimit -a)",
}


class Identity(Struct, frozen=True):
    """Who may be whom inside: rows of (inside, outside, count), as in user_namespaces(7).

    "root": everybody as he is outside. "subuids": root is us, the others come from /etc/subuid and /etc/subgid.
    "single": root is us and there is nobody else.
    """

    kind: Literal["root", "subuids", "single"]
    uids: Map
    gids: Map


class Inside(Struct, frozen=True):
    """A running job: the pid of its watch, which shares its network namespace, and the socket to speak to it."""

    pid: int
    control: socket.socket

    def send(self, message: Message, descriptors: Sequence[int] = ()) -> None:
        """Send a message; descriptors are duplicated."""
        socket.send_fds(self.control, [marshal.dumps(message)], list(descriptors))

    def receive(self) -> Message:
        """The next message. Raises BadImageError or CannotError if the job tells of a failure; empty at its end."""
        data = self.control.recv(_MESSAGE_BYTES)
        message: Message = marshal.loads(data) if data else {}
        if "failed" in message:
            kind, text = message["failed"]
            raise BadImageError(text) if kind == "image" else CannotError(text, _HINTS[kind])
        return message


@cache
def identity() -> Identity:
    """What this user may map."""
    if os.geteuid() == 0:
        return Identity("root", _whole("uid_map"), _whole("gid_map"))
    uids, gids = _subordinate("subuid"), _subordinate("subgid")
    kind: Literal["subuids", "single"] = "subuids" if uids and gids and _has_helpers() else "single"
    if kind == "single":
        uids = gids = ()
    return Identity(kind, ((0, os.geteuid(), 1), *uids), ((0, os.getegid(), 1), *gids))


def _has_helpers() -> bool:
    return bool(shutil.which("newuidmap") and shutil.which("newgidmap"))


def _whole(name: str) -> Map:
    """Everybody as himself, but root in a row of his own: a single row over all is how programs (crun, runc, systemd)
    know that they are not in a user namespace, and they would go on to make device nodes.
    """
    rows = [[int(word) for word in line.split()] for line in Path("/proc/self", name).read_text().splitlines()]
    first, *others = [(inside, inside, count) for inside, _, count in rows]
    return ((0, 0, 1), (1, 1, first[2] - 1), *others)


def _subordinate(name: str) -> Map:
    """Our ranges, from 1 on, one after the other: subuid(5)."""
    try:
        lines = Path("/etc", name).read_text().splitlines()
    except OSError:
        return ()
    user = pwd.getpwuid(os.geteuid()).pw_name if _known() else ""
    found, following = [], 1
    for owner, start, count in (line.split(":") for line in lines if line.count(":") == 2):
        if owner in (user, str(os.geteuid())) and start.isdecimal() and count.isdecimal() and int(count):
            found.append((following, int(start), int(count)))
            following += int(count)
    return tuple(found)


def _known() -> bool:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return True


@cache
def user_namespace() -> bool:
    """Whether jobs get a user namespace: always for an ordinary user; for root where that costs nothing.

    Root does without it where /proc is masked (inside a container) and where tmpfs has no user attributes (before Linux
    6.6): the overlay's upper layer could then not live there. Raises CannotError if namespaces are refused.
    """
    if os.geteuid() != 0:
        _trial(separate=True)
        return True
    try:
        return bool(_trial(separate=True)["attributes"])
    except CannotError:
        _trial(separate=False)
        return False


def _trial(separate: bool) -> Message:
    """In the temporary directory, which the job covers for itself alone: nothing is made that could be left behind."""
    return run(Job(task="trial", directory=tempfile.gettempdir(), user_namespace=separate, network="none", joins=0))


def run(job: Job) -> Message:
    """Do a job that ends by itself; its last message. Raises CannotError or BadImageError."""
    with started(job) as inside:
        message = inside.receive()
    if not message:
        raise died()
    return message


def died() -> CannotError:
    """A job ended without a word."""
    return CannotError("a helper process was killed", "memory may have run out")


@contextmanager
def started(job: Job, before: Callable[[int], object] | None = None) -> Iterator[Inside]:
    """A started job; at the end of the context every process of it is gone.

    ``before`` is called with the pid of the watch before it makes any other process.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, os.fdopen(os.memfd_create("errors"), "w+b") as errors:
        with theirs:
            watch = _spawn(job, theirs, errors.fileno())
        try:
            inside = Inside(watch.pid, ours)
            if not inside.receive():
                raise died()
            if job["user_namespace"] and not job["joins"]:
                _map(watch.pid)
            if before:
                before(watch.pid)
            ours.send(b"go")
            yield inside
        finally:
            ours.shutdown(socket.SHUT_RDWR)
            ours.close()
            if watch.wait() == _BUG:
                errors.seek(0)
                raise RuntimeError(errors.read().decode(errors="replace"))


def _spawn(job: Job, control: socket.socket, errors: int) -> "subprocess.Popen[bytes]":
    number = os.memfd_create("job")
    with os.fdopen(number, "wb") as file:
        marshal.dump(cast(dict[str, Any], job), file)
        file.seek(0)
        words = [str(Path(__file__).parent), str(control.fileno()), str(number)]
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _BOOT, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            pass_fds=(control.fileno(), number),
            start_new_session=True,
        )


def _map(pid: int) -> None:
    who = identity()
    if who.kind == "subuids":
        _map_by_helper("newuidmap", pid, who.uids)
        _map_by_helper("newgidmap", pid, who.gids)
        return
    process = Path("/proc", str(pid))
    if who.kind == "single":
        (process / "setgroups").write_text("deny")
    for name, rows in (("uid_map", who.uids), ("gid_map", who.gids)):
        (process / name).write_text("".join(f"{a} {b} {c}\n" for a, b, c in rows))


def _map_by_helper(helper: str, pid: int, rows: Map) -> None:
    words = [str(number) for row in rows for number in row]
    ended = subprocess.run([helper, str(pid), *words], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise CannotError(f"{helper} refused: {ended.stderr.strip()}", "see subuid(5); newuidmap must be setuid root")
