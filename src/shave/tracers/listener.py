"""The process that answers seccomp notifications: ``python -I -S listener.py CONTROL SOCKET`` (two descriptors).

It stands alone, in one file on the standard library: the traced program waits while it thinks. Standard input is the
path calls as JSON, ``[audit, number, [path argument …]]``. CONTROL is a stream of commands, a line of JSON each, and
each is answered before the next is sent: ``["label", n]`` null, ``["quiet"]`` seconds, ``["seen"]`` what each worker
saw so far, ``["stop"]`` the same and the end. SOCKET listens for OCI runtimes: each connection brings one notification
descriptor, served by a process of its own until its last task is gone. All end when CONTROL does. Sources:
seccomp_unotify(2), linux/seccomp.h, openat2(2), process_vm_readv(2), config-linux.md (container process state).
"""

# Importing pathlib would double the time to start, and the paths here are bytes.
# ruff: noqa: PTH115, PTH120, PTH123

import ctypes
import errno
import json
import mmap
import os
import select
import signal
import socket
import stat
import struct
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from fcntl import ioctl
from typing import Any, NamedTuple

RECEIVE, SEND, SET_FLAGS = 0xC0502100, 0xC0182101, 0x40082104
CONTINUE = SYNCHRONOUS_WAKE_UP = 1
NOTIFICATION = struct.Struct("=QIIiIQ6Q")
RESPONSE = struct.Struct("=QqiI")
OPENAT2 = 437  # the same on every machine
RESOLVE_IN_ROOT = 0x10
AT_FDCWD = 0xFFFFFF9C  # -100 as the 32 bits the kernel looks at
AT_SYMLINK_NOFOLLOW = 0x100
O_CREAT, O_TMPFILE, O_PATH = 0o100, 0o20000000, 0o10000000
CLONE_NEWUSER = 0x10000000
AT_PAGESZ, AT_EXECFN = 6, 31
REVEAL_MILLISECONDS = 1000
PAGE, PATH_MAX = 4096, 4096
SOCKET_ADDRESS = 110  # sizeof(struct sockaddr_un)
NOT_OF_THE_IMAGE = (b"/proc/", b"/sys/", b"/dev/")
REMEMBERED_BYTES = 128 << 20
ENTRY_BYTES = 300
"""What a hostile container can make us hold of distinct paths, and as much of calls known by heart; what one of them
costs besides its name. That is some 300,000 paths of a usual length."""

Seen = dict[str, dict[str, int]]
libc = ctypes.CDLL(None, use_errno=True)


class PathArgument(NamedTuple):
    """As in shave.seccomp, with the machine's O_DIRECTORY and O_NOFOLLOW."""

    how: str
    path: int
    directory: int
    open_flags: int
    open_how: int
    at_flags: int
    address: int
    follow: bool
    enters: bool
    o_directory: int
    o_nofollow: int


class Asked(NamedTuple):
    """A path as a task asked for it: absolute within ``root``, the task's root within the container's.

    ``how`` is what the call does if something is there; if nothing is, ``creates`` tells a new file from a failed
    lookup.
    """

    how: str
    creates: bool
    follow: bool
    root: bytes
    path: bytes


class _Piece(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class Memory:
    """The memory of other tasks, a piece at a time."""

    def __init__(self) -> None:
        self.buffer = bytearray(PATH_MAX)
        self.ours = _Piece(ctypes.addressof(ctypes.c_char.from_buffer(self.buffer)), PATH_MAX)
        self.theirs = _Piece()
        self.arguments = (ctypes.byref(self.ours), 1, ctypes.byref(self.theirs), 1, 0)

    def fill(self, task: int, address: int, length: int) -> int:
        """Copy up to ``length`` bytes into the buffer; how many there were. Raises OSError as process_vm_readv does."""
        self.theirs.base, self.theirs.length = address, length
        got: int = libc.process_vm_readv(task, *self.arguments)
        if got < 0:
            raise OSError(ctypes.get_errno(), "process_vm_readv")
        return got

    def read(self, task: int, address: int, length: int) -> bytes:
        """At most ``length`` bytes at ``address``."""
        return bytes(self.buffer[: self.fill(task, address, length)])

    def string(self, task: int, address: int) -> bytes:
        """The NUL-terminated string at ``address``, at most PATH_MAX bytes; pieces end where a page does."""
        found = b""
        while len(found) < PATH_MAX:
            got = self.fill(task, address, PAGE - address % PAGE)
            end = self.buffer.find(0, 0, got)
            if 0 <= end < PATH_MAX - len(found):
                return found + self.buffer[:end]
            found, address = found + self.buffer[:got], address + got
        raise OSError(errno.ENAMETOOLONG, "string")


class Shared:
    """What all workers share with the process that commands them: the time of the last new path, the current label."""

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, 16)
        self.touch()

    def touch(self) -> None:
        struct.pack_into("d", self.memory, 0, time.monotonic())

    def quiet_seconds(self) -> float:
        touched: float = struct.unpack_from("d", self.memory, 0)[0]
        return time.monotonic() - touched

    @property
    def label(self) -> int:
        return int.from_bytes(self.memory[8:12], "little")

    @label.setter
    def label(self, label: int) -> None:
        self.memory[8:12] = label.to_bytes(4, "little")


class Container:
    """The container of one notification descriptor, found through the first task that calls."""

    def __init__(self, task: int) -> None:
        if os.geteuid() != 0:
            _join_user_namespace(task)
        self.root = os.open(f"/proc/{task}/root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self.prefix = _link(task, "root").rstrip(b"/")
        self.chrooted = False

    def inside(self, path: bytes) -> bytes | None:
        """A path of /proc/TASK/… as the container names it; None if it is no path or was deleted."""
        if not (path + b"/").startswith(self.prefix + b"/") or path.endswith(b" (deleted)"):
            return None
        return path[len(self.prefix) :].rstrip(b"/")

    def root_of(self, task: int) -> bytes:
        """The task's root directory within the container's: empty unless the task called chroot(2)."""
        return (self.inside(_link(task, "root")) or b"") if self.chrooted else b""

    def how(self, task: int, asked: Asked) -> str:
        """How the path is used, now that we look at what is there."""
        mode = self.mode(task, asked.path, asked.follow)
        if mode is None:
            return "created" if asked.creates and self.has_directory(task, os.path.dirname(asked.path)) else "absent"
        if asked.how == "opened":
            return "listed" if stat.S_ISDIR(mode) else "opened"
        kept = {"listed": stat.S_ISDIR(mode), "link": stat.S_ISLNK(mode), "executed": True}
        return asked.how if kept.get(asked.how) else "stat"

    def has_directory(self, task: int, path: bytes) -> bool:
        """Whether something can be made below ``path``; True where that cannot be told."""
        mode = self.mode(task, path, True)
        return mode == 0 or (mode is not None and stat.S_ISDIR(mode))

    def mode(self, task: int, path: bytes, follow: bool) -> int | None:
        """What is at ``path`` of the task's root: st_mode, 0 if that cannot be told, None if nothing is there."""
        root = os.open(f"/proc/{task}/root", os.O_PATH | os.O_DIRECTORY) if self.chrooted else self.root
        try:
            found = _open_in_root(root, path, follow)
        except OSError as error:
            return None if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG) else 0
        finally:
            if root != self.root:
                os.close(root)
        try:
            return os.fstat(found).st_mode
        finally:
            os.close(found)


def _join_user_namespace(task: int) -> None:
    """An ordinary user may see into the container only with the powers of its user namespace."""
    with open(f"/proc/{task}/ns/user") as namespace:
        libc.setns(namespace.fileno(), CLONE_NEWUSER)


def _link(task: int, name: str) -> bytes:
    return os.readlink(f"/proc/{task}/{name}".encode())


def _open_in_root(root: int, path: bytes, follow: bool) -> int:
    flags = os.O_PATH | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    how = struct.pack("=QQQ", flags, 0, RESOLVE_IN_ROOT)
    found: int = libc.syscall(OPENAT2, root, path or b"/", how, ctypes.c_size_t(len(how)))
    if found < 0:
        raise OSError(ctypes.get_errno(), "openat2")
    return found


class Worker:
    """Answers one notification descriptor and remembers what was asked."""

    def __init__(self, calls: dict[tuple[int, int], list[PathArgument]], shared: Shared, state: str) -> None:
        self.calls, self.shared, self.state = calls, shared, state
        self.ended = False
        self.memory = Memory()
        self.container: Container | None = None
        self.seen: Seen = {}
        self.bytes = self.known_bytes = 0
        self.known: set[Asked] = set()
        self.label = -1
        self.answered = self.unreadable = 0
        self.hidden = False
        self.notification, self.response = bytearray(NOTIFICATION.size), bytearray(RESPONSE.size)

    def serve(self, notifications: int, link: socket.socket) -> None:
        """Answer until the other end of ``link`` is closed; each byte from there asks for a line of what was seen."""
        with suppress(OSError):  # Linux before 6.6: slower, nothing else
            ioctl(notifications, SET_FLAGS, SYNCHRONOUS_WAKE_UP)
        poller = select.poll()
        poller.register(notifications, select.POLLIN)
        poller.register(link, select.POLLIN)
        while True:
            for descriptor, event in poller.poll():
                if descriptor == notifications and event & select.POLLIN:
                    self.answer(notifications)
                elif descriptor == notifications:  # the last task is gone
                    poller.unregister(notifications)
                    os.close(notifications)
                    self.ended = True
                elif link.recv(1):
                    link.sendall(json.dumps(self.result()).encode() + b"\n")
                else:
                    return

    def answer(self, notifications: int) -> None:
        """Let one call go on. What it asked counts only if it was still waiting: then all we read was its own."""
        self.notification[:] = bytes(NOTIFICATION.size)
        try:
            ioctl(notifications, RECEIVE, self.notification)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):
                return  # the task died, or a signal took it out of its call
            raise
        identity, task, _, number, audit, _, *arguments = NOTIFICATION.unpack(self.notification)
        found = list(self.accesses(task, self.calls.get((audit, number), ()), arguments))
        RESPONSE.pack_into(self.response, 0, identity, 0, 0, CONTINUE)
        try:
            ioctl(notifications, SEND, self.response)
        except OSError as error:
            if error.errno == errno.ENOENT:
                return
            raise
        self.answered += 1
        for asked, how in found:
            self.remember(asked, how)
        if self.hidden:
            self.reveal(task, notifications)

    def accesses(self, task: int, paths: Sequence[PathArgument], arguments: Sequence[int]) -> list[tuple[Asked, str]]:
        """Each path of a call that tells something new, with how it is used."""
        if self.label != self.shared.label:
            self.label = self.shared.label
            self.forget()
        found = []
        try:
            self.container = self.container or Container(task)
            for argument in paths:
                asked = self.asked(self.container, task, argument, arguments)
                if asked and asked not in self.known:
                    found.append((asked, self.container.how(task, asked)))
        except OSError as error:
            # EFAULT, ENAMETOOLONG: the program's own mistake. ESRCH, ENOENT: the task is gone.
            refused = error.errno in (errno.EPERM, errno.EACCES)
            self.hidden = refused and not self.container and any(argument.how == "executed" for argument in paths)
            # What the runtime's own process does before is no evidence anyway.
            self.unreadable += refused and self.container is not None
        return found

    def reveal(self, task: int, notifications: int) -> None:
        """Ask the new program for its name, where the process that executed it was hidden from us.

        An ordinary user cannot see into a container's first process until it executes: it changed its user, so it is
        not dumpable, and its memory belongs to the user namespace it came from (ptrace(2), access mode checking).
        """
        self.hidden = False
        waiting = select.poll()
        waiting.register(notifications, select.POLLIN)
        for _ in range(REVEAL_MILLISECONDS):
            called = waiting.poll(1)
            try:
                self.container = self.container or Container(task)
                self.remember(self.executed(self.container, task), "executed")
                return
            except OSError as error:
                if error.errno not in (errno.EPERM, errno.EACCES, errno.EAGAIN):
                    break  # it is gone, and never called
                if called:
                    return  # it is still the old program: the execution failed
        self.unreadable += 1

    def executed(self, container: Container, task: int) -> Asked:
        """The path by which the task's program was executed."""
        name = self.memory.string(task, _name_address(task))
        if not name.startswith(b"/"):
            name = (container.inside(_link(task, "cwd")) or b"") + b"/" + name
        return Asked("executed", False, True, container.root_of(task), _plain(name))

    def asked(self, container: Container, task: int, argument: PathArgument, arguments: Sequence[int]) -> Asked | None:
        """The path that ``argument`` stands for; None where there is none, or it is not the image's."""
        name = self.name(task, argument, arguments)
        if not name and not (argument.how == "executed" and argument.directory >= 0):
            return None  # the descriptor itself, which was opened by its name; only its execution is news
        container.chrooted |= argument.enters
        root = container.root_of(task)
        path = _plain(
            name if name.startswith(b"/") else self.directory(container, task, argument, arguments, root) + name
        )
        if (path + b"/").startswith(NOT_OF_THE_IMAGE):
            return None
        return Asked(*self.intent(task, argument, arguments), root, path)

    def name(self, task: int, argument: PathArgument, arguments: Sequence[int]) -> bytes:
        """The path as the program wrote it; empty for none, and for sockets that have no path."""
        if argument.address < 0:
            pointer = arguments[argument.path]
            return self.memory.string(task, pointer) if pointer else b""
        pointer, length = arguments[argument.address : argument.address + 2]
        address = self.memory.read(task, pointer, min(length & 0xFFFFFFFF, SOCKET_ADDRESS)) if pointer else b""
        family = int.from_bytes(address[:2], sys.byteorder)
        return address[2:].partition(b"\0")[0] if family == socket.AF_UNIX else b""

    def directory(
        self, container: Container, task: int, argument: PathArgument, arguments: Sequence[int], root: bytes
    ) -> bytes:
        """Where a relative path starts, with a slash at the end. Raises OSError if that is not in the container."""
        descriptor = arguments[argument.directory] & 0xFFFFFFFF if argument.directory >= 0 else AT_FDCWD
        found = container.inside(_link(task, "cwd" if descriptor == AT_FDCWD else f"fd/{descriptor}"))
        if found is None or not (found + b"/").startswith(root + b"/"):
            raise OSError(errno.ENOENT, "directory")
        return found[len(root) :] + b"/"

    def intent(self, task: int, argument: PathArgument, arguments: Sequence[int]) -> tuple[str, bool, bool]:
        """``how``, ``creates`` and ``follow`` of Asked, after the call's flags."""
        if argument.at_flags >= 0 and arguments[argument.at_flags] & AT_SYMLINK_NOFOLLOW:
            return argument.how, False, False
        if argument.open_how >= 0:
            flags = int.from_bytes(self.memory.read(task, arguments[argument.open_how], 8), sys.byteorder)
        elif argument.open_flags >= 0:
            flags = arguments[argument.open_flags]
        else:
            return argument.how, argument.how == "created", argument.follow
        how = "stat" if flags & (O_PATH | O_TMPFILE) else "listed" if flags & argument.o_directory else "opened"
        return how, bool(flags & O_CREAT), not flags & argument.o_nofollow

    def remember(self, asked: Asked, how: str) -> None:
        """Keep it. What is there will not be looked up again under this label; what is not may come to be."""
        if how not in ("absent", "created"):
            self.know(asked)
        whole = asked.root + asked.path
        path = (os.path.normpath(whole) if asked.root else whole or b"/").decode("utf-8", "surrogateescape")
        if path not in self.seen:
            self.bytes += ENTRY_BYTES + sys.getsizeof(path) + len(json.dumps(path))
            if self.bytes > REMEMBERED_BYTES:
                self.seen.clear()  # nobody wants a part of it
                return
            self.seen[path] = {}
            self.shared.touch()
        self.seen[path][how] = self.seen[path].get(how, 0) | 1 << self.label

    def know(self, asked: Asked) -> None:
        """Do not look at it again under this label, as long as there is room to remember."""
        self.known_bytes += ENTRY_BYTES + len(asked.root) + len(asked.path)
        if self.known_bytes > REMEMBERED_BYTES:
            self.forget()
        self.known.add(asked)

    def forget(self) -> None:
        """Look at everything anew."""
        self.known.clear()
        self.known_bytes = 0

    def result(self) -> dict[str, Any]:
        """What goes to the one who asked: bit n of ``seen[path][how]`` stands for label n."""
        return {
            "state": self.state,
            "ended": self.ended,
            "seen": self.seen,
            "answered": self.answered,
            "unreadable": self.unreadable if self.container else self.answered,
            "full": self.bytes > REMEMBERED_BYTES,
        }


def _name_address(task: int) -> int:
    """Where the name lies that a program was executed by: AT_EXECFN, getauxval(3); words are of the program's size."""
    with open(f"/proc/{task}/auxv", "rb") as file:
        vector = file.read()
    for pair in ("=QQ", "=II"):
        values = dict(struct.iter_unpack(pair, vector[: len(vector) // 16 * 16]))
        if AT_EXECFN in values and AT_PAGESZ in values:
            return int(values[AT_EXECFN])
    # A task that is gone has none; one that is just being replaced has one of zeros.
    raise OSError(errno.EAGAIN if vector else errno.ESRCH, "auxv")


def _plain(path: bytes) -> bytes:
    """Without empty and ``.`` parts; ``..`` stays, for where it leads depends on symlinks."""
    if b"//" not in path and b"/." not in path and not path.endswith(b"/"):
        return path
    return b"".join(b"/" + part for part in path.split(b"/") if part not in (b"", b"."))


class Commander:
    """Takes commands and connections, and gives each notification descriptor a worker of its own.

    Of its own, because a process can join one user namespace only, and each container may have another.
    """

    def __init__(self, control: socket.socket, server: socket.socket) -> None:
        self.control, self.server = control, server
        self.commands = control.makefile("rb")
        self.calls = _calls(json.load(sys.stdin))
        self.shared = Shared()
        self.workers: list[socket.socket] = []

    def run(self) -> None:
        """Serve until told to stop, or until nobody is there to tell."""
        going = True
        while going:
            ready, _, _ = select.select([self.control, self.server], [], [])
            if self.server in ready:
                self.accept()
            if self.control in ready:
                going = self.obey()

    def obey(self) -> bool:
        """Answer one command; False when it was the last."""
        line = self.commands.readline()
        if not line:
            return False
        command, *values = json.loads(line)
        answer: Any = None
        if command == "label":
            self.shared.label = values[0]
        elif command == "quiet":
            answer = self.shared.quiet_seconds()
        elif command in ("seen", "stop"):
            answer = self.seen()
        self.control.sendall(json.dumps(answer).encode() + b"\n")
        return bool(command != "stop")

    def accept(self) -> None:
        """Take what a runtime sends: the container's state as JSON, which we pass on unread, and a descriptor."""
        connection, _ = self.server.accept()
        with connection:
            connection.settimeout(5)
            try:
                state, descriptors, _, _ = socket.recv_fds(connection, 1 << 16, 4)
            except OSError:
                return  # nobody is traced by a connection that brings nothing
        for descriptor in descriptors:
            self.fork(descriptor, state.decode("utf-8", "replace"))
            os.close(descriptor)

    def fork(self, notifications: int, state: str) -> None:
        """A worker for one descriptor, reached by a socket. It lives until that is closed."""
        ours, theirs = socket.socketpair()
        if os.fork() == 0:
            for other in (self.control, self.server, ours, *self.workers):
                os.close(other.fileno())
            Worker(self.calls, self.shared, state).serve(notifications, theirs)
            os._exit(0)
        theirs.close()
        self.workers.append(ours)

    def seen(self) -> list[str]:
        """What each worker saw, as JSON; those whose last task is gone are let go. Empty text: a worker that broke."""
        while select.select([self.server], [], [], 0)[0]:
            self.accept()
        results = []
        for worker in list(self.workers):
            text = _answer(worker)
            results.append(text)
            if not text or json.loads(text)["ended"]:
                self.workers.remove(worker)
                worker.close()
        return results


def _answer(worker: socket.socket) -> str:
    try:
        worker.sendall(b"?")
        with worker.makefile("r", encoding="ascii") as answers:
            return answers.readline()
    except OSError:
        return ""


def _calls(job: list[tuple[int, int, list[list[Any]]]]) -> dict[tuple[int, int], list[PathArgument]]:
    return {(audit, number): [PathArgument(*path) for path in paths] for audit, number, paths in job}


def main(control: int, server: int) -> None:
    """Run on two inherited descriptors."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    Commander(socket.socket(fileno=control), socket.socket(fileno=server)).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
