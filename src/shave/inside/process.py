"""Becoming a program of the container: who it is, which file it is, and the last steps before execve(2)."""

import array
import contextlib
import errno
import json
import os
import resource
import signal
import socket
import stat
from typing import NoReturn, TypedDict

from . import kernel
from .failure import TaskError
from .job import Process

_DATABASE_BYTES = 1 << 20
_DESCRIPTORS = 1 << 20
_HIGHEST_ID = (1 << 31) - 1
_DIGITS = 20


class Settled(TypedDict):
    """What the container's own files say about a process; ``refused`` is an exit status and its sentence, or None."""

    uid: int
    gid: int
    groups: list[int]
    environment: list[str]
    program: str
    refused: tuple[int, str] | None


def settle(process: Process) -> Settled:
    """Look the user up in passwd and group, the command in PATH. ``/`` must be the container's root."""
    uid, gid, groups, home = find_user(process["user"])
    environment = list(process["environment"])
    if not any(word.startswith("HOME=") for word in environment):
        environment.append(f"HOME={home}")
    program, refused = find_program(process["arguments"], environment, process["workdir"])
    return Settled(uid=uid, gid=gid, groups=groups, environment=environment, program=program, refused=refused)


def find_user(user: str) -> tuple[int, int, list[int], str]:
    """uid, gid, supplementary groups and home of ``name``, ``uid``, ``name:group`` …, as Docker reads them.

    A number without an entry is taken as it is, with group 0 and home ``/``; a named group leaves out all others. The
    first group is one of the supplementary ones too, since CVE-2022-36109.
    """
    name, _, group = user.partition(":")
    uid, gid, home, known = _passwd_entry(name or "0", user)
    if group:
        number = _group_number(group, user)
        return uid, number, [number], home
    member = [int(words[2]) for words in _database("group") if known and known in words[3].split(",")]
    return uid, gid, list(dict.fromkeys((gid, *member))), home


def _passwd_entry(name: str, user: str) -> tuple[int, int, str, str]:
    entries = [words for words in _database("passwd") if len(words) >= 6 and _is_id(words[3])]
    for words in entries:
        if name in (words[0], words[2]):
            return int(words[2]), int(words[3]), words[5] or "/", words[0]
    if not _is_id(name):
        raise TaskError("image", f"unable to find user {user}: no matching entries in passwd file")
    return int(name), 0, "/", ""


def _group_number(group: str, user: str) -> int:
    for words in _database("group"):
        if group in (words[0], words[2]):
            return int(words[2])
    if not _is_id(group):
        raise TaskError("image", f"unable to find group {group} of user {user}: no matching entries in group file")
    return int(group)


def _is_id(text: str) -> bool:
    """A number that is a user's or group's; its length comes first, for Python refuses to read very long ones."""
    return text.isdecimal() and len(text) <= _DIGITS and int(text) <= _HIGHEST_ID


def _database(name: str) -> list[list[str]]:
    """The well-formed lines of /etc/passwd or /etc/group: numbers are numbers."""
    try:
        descriptor = os.open(f"/etc/{name}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return []
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return []
        text = file.read(_DATABASE_BYTES).decode("utf-8", "surrogateescape")
    lines = (line.split(":") for line in text.split("\n"))
    return [words for words in lines if len(words) >= 4 and _is_id(words[2])]


def find_program(arguments: list[str], environment: list[str], workdir: str) -> tuple[str, tuple[int, str] | None]:
    """The file that ``arguments[0]`` means, or Docker's status and sentence: 127 not found, 126 not executable."""
    if not arguments or not arguments[0]:
        return "", (127, "no command specified")
    name = arguments[0]
    if "/" in name:
        path = os.path.join(workdir, name)
        return path, _refusal(path, f'exec: "{name}": ')
    search = next((word[5:] for word in reversed(environment) if word.startswith("PATH=")), "")
    for directory in search.split(":"):
        path = os.path.join(workdir, directory, name)
        if _refusal(path, "") is None:
            return path, None
    return "", (127, f'exec: "{name}": executable file not found in $PATH')


def _refusal(path: str, prefix: str) -> tuple[int, str] | None:
    try:
        mode = os.stat(path).st_mode
    except PermissionError:
        return 126, f"{prefix}permission denied"
    except OSError as error:
        return 127, f"{prefix}stat {path}: {(error.strerror or '').lower()}"
    if stat.S_ISDIR(mode):
        return 126, f"{prefix}is a directory"
    return None if mode & 0o111 else (126, f"{prefix}permission denied")


def dial(listener: str) -> socket.socket | None:
    """A connection to the tracer, made while its path can still be seen."""
    if not listener:
        return None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(listener)
    return connection


def become(process: Process, settled: Settled, tracer: socket.socket | None, pid: int, limit: int) -> NoReturn:
    """Be the program. ``pid`` is our own as the tracer should print it, ``limit`` the most processes of the user.

    The filter comes before the capabilities go, because without no_new_privs it needs CAP_SYS_ADMIN (and setuid
    programs need no_new_privs to be off). From then on every path call waits for the tracer: nothing of Python's may
    look for files.
    """
    if settled["refused"]:
        _end(*settled["refused"])
    for number in (1, 2):
        with contextlib.suppress(OSError):
            os.fchown(number, settled["uid"], -1)  # so that the program may open /dev/stdout, as runc does
    _go(process["workdir"])
    bound(limit)
    _default_signals()
    _filter(process["filter"], tracer, pid)
    try:
        _drop(process["capabilities"], settled)
    except OSError as error:
        _end(126, f"cannot become user {settled['uid']}:{settled['gid']}: {error.strerror}")
    try:
        os.execve(settled["program"], process["arguments"], _mapping(settled["environment"]))
    except OSError as error:
        status = 127 if error.errno == errno.ENOENT else 126
        _end(status, f"exec {settled['program']}: {(error.strerror or '').lower()}")


def _go(workdir: str) -> None:
    """Where a link of /proc leads out of the root, the kernel has no path to the place: CVE-2024-21626."""
    os.chdir(workdir)
    try:
        os.getcwd()
    except FileNotFoundError:
        raise FileNotFoundError(errno.ENOENT, "is not in the image", workdir) from None


def _end(status: int, sentence: str) -> NoReturn:
    os.write(2, f"{sentence}\n".encode("utf-8", "surrogateescape"))
    os._exit(status)


def _mapping(environment: list[str]) -> dict[str, str]:
    return {name: value for name, equals, value in (word.partition("=") for word in environment) if equals and name}


def bound(processes: int) -> None:
    """Docker's descriptors, no core files; and a bound on processes where no cgroup gives one (0: one does)."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    descriptors = min(most, _DESCRIPTORS) if most != resource.RLIM_INFINITY else _DESCRIPTORS
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if processes:
        resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))


def _default_signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in range(1, signal.NSIG):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _filter(program: bytes, tracer: socket.socket | None, pid: int) -> None:
    if tracer is None:
        kernel.install_filter(program, listen=False)
        return
    state = json.dumps({"ociVersion": "1.0.2", "fds": ["seccompFd"], "pid": pid, "state": {"pid": pid}}).encode()
    descriptors = array.array("i", [0])
    descriptors[0] = kernel.install_filter(program, listen=True)
    tracer.sendmsg([state], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
    os.close(descriptors[0])
    tracer.close()


def _drop(capabilities: list[int], settled: Settled) -> None:
    kernel.bound_capabilities(capabilities)
    with contextlib.suppress(PermissionError):  # where one id is mapped setgroups is denied: user_namespaces(7)
        os.setgroups(settled["groups"])
    os.setresgid(settled["gid"], settled["gid"], settled["gid"])
    os.setresuid(settled["uid"], settled["uid"], settled["uid"])
    if settled["uid"] == 0:
        kernel.set_capabilities(capabilities)
