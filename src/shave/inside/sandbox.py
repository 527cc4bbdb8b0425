"""The container's first process by our own hands: what an OCI runtime does between clone and execve."""

import contextlib
import marshal
import os
import socket

from . import kernel
from .failure import TaskError, explain
from .job import Container
from .process import Settled, become, dial

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
    "core": "/proc/kcore",
}
_QUIET = kernel.NOSUID | kernel.NODEV | kernel.NOEXEC
_SYSCTLS = {"net/ipv4/ip_unprivileged_port_start": "0", "net/ipv4/ping_group_range": "0 2147483647"}


def start(container: Container, settled: Settled, output: tuple[int, int], host_proc: int) -> int:
    """Start the container in ``rootfs`` of the working directory; the pid of its first process, a child of ours.

    It is forked by a child that has left the PID namespace and dies at once, so that it is pid 1 there and has no
    parent that it could see. ``host_proc`` is shave's own /proc.
    """
    (pid_reader, pid_writer), (reader, writer) = os.pipe(), os.pipe()
    between = os.fork()
    if between == 0:
        _between(container, settled, output, host_proc, pid_writer, writer)
    for descriptor in (pid_writer, writer):
        os.close(descriptor)
    with open(pid_reader, "rb") as pid_file, open(reader, "rb") as failure_file:
        failed, pid = failure_file.read(), pid_file.read()
    os.waitpid(between, 0)
    if failed or not pid:
        raise TaskError(*(marshal.loads(failed) if failed else ("cannot", "the container's first process was killed")))
    return int(pid)


def _between(
    container: Container, settled: Settled, output: tuple[int, int], host_proc: int, pid_writer: int, writer: int
) -> None:
    try:
        tracer = dial(container["process"]["listener"])
        kernel.unshare(kernel.NEWNS | kernel.NEWPID | kernel.NEWUTS | kernel.NEWIPC)
        child = os.fork()
    except OSError as error:
        os.write(writer, marshal.dumps(explain(error)))
        os._exit(1)
    if child:
        os.write(pid_writer, b"%d" % child)
        os._exit(0)
    try:
        _first(container, settled, tracer, output, host_proc)
    except (OSError, TaskError) as error:
        os.write(writer, marshal.dumps(explain(error)))
    os._exit(1)


def _first(
    container: Container, settled: Settled, tracer: socket.socket | None, output: tuple[int, int], host_proc: int
) -> None:
    os.setsid()
    pid = int(os.readlink("self", dir_fd=host_proc))
    os.close(host_proc)
    socket.sethostname(container["hostname"])
    _mount(container)
    for number, source in enumerate((os.open("/dev/null", os.O_RDONLY), *output)):
        os.dup2(source, number)
    become(container["process"], settled, tracer, pid, container["processes"])


def _mount(container: Container) -> None:
    devices = {name: kernel.clone_mount(f"/dev/{name}") for name in _DEVICES}
    sys_tree = kernel.clone_mount("/sys")
    kernel.make_read_only(sys_tree)
    old = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    os.chdir("rootfs")
    kernel.pivot_root()
    # proc and sysfs may only be mounted while the old ones can be seen: user_namespaces(7), mount_too_revealing()
    kernel.mount("proc", "/proc", "proc", _QUIET)
    _mount_sys(sys_tree)
    os.fchdir(old)
    kernel.detach(".")
    os.chdir("/")
    os.close(old)
    _mount_dev(devices)
    _cover(container)


def _mount_sys(host: int) -> None:
    """A network namespace of one's own gives the right to a sysfs of one's own; else the host's is seen."""
    try:
        kernel.mount("sysfs", "/sys", "sysfs", _QUIET | kernel.RDONLY)
    except OSError:
        kernel.attach_mount(host, "/sys")
    os.close(host)


def _mount_dev(devices: dict[str, int]) -> None:
    kernel.mount("tmpfs", "/dev", "tmpfs", kernel.NOSUID | kernel.NODEV, "mode=755,size=65536k")
    for name, descriptor in devices.items():
        os.close(os.open(f"/dev/{name}", os.O_CREAT | os.O_CLOEXEC, 0o666))
        kernel.attach_mount(descriptor, f"/dev/{name}")
        os.close(descriptor)
    for name, target in _LINKS.items():
        os.symlink(target, f"/dev/{name}")
    for name in ("pts", "shm", "mqueue"):
        os.mkdir(f"/dev/{name}")
    kernel.mount("tmpfs", "/dev/shm", "tmpfs", _QUIET, "mode=1777,size=65536k")
    kernel.mount("mqueue", "/dev/mqueue", "mqueue", _QUIET)
    terminals = "newinstance,ptmxmode=0666,mode=0620"
    try:
        kernel.mount("devpts", "/dev/pts", "devpts", kernel.NOSUID | kernel.NOEXEC, f"{terminals},gid=5")
    except OSError:  # group 5 is not mapped
        kernel.mount("devpts", "/dev/pts", "devpts", kernel.NOSUID | kernel.NOEXEC, terminals)


def _cover(container: Container) -> None:
    for name, value in _SYSCTLS.items():
        with contextlib.suppress(OSError), open(f"/proc/sys/{name}", "w") as file:
            file.write(value)
    for path in container["read_only"]:
        if os.path.exists(path):
            descriptor = kernel.clone_mount(path)
            kernel.make_read_only(descriptor)
            kernel.attach_mount(descriptor, path)
            os.close(descriptor)
    for path in container["masked"]:
        if os.path.isdir(path):
            kernel.mount("tmpfs", path, "tmpfs", _QUIET | kernel.RDONLY, "size=0k")
        elif os.path.exists(path):
            kernel.mount("/dev/null", path, "", kernel.BIND)
