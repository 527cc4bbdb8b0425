"""What a hostile program tries, run inside a container as ``python -I -S attacks.py NAME``.

An attempt that gets through is printed: a container that holds prints nothing. Calls that would do harm are made so
that they would not if they got through.
"""

# As few modules as can be: each import is a hundred path calls.
# ruff: noqa: PTH102, PTH108, PTH109, PTH115, PTH116, PTH123, PTH208

import ctypes
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

CANARY = os.environ.get("CANARY", "/no/canary")
NAMESPACES = {"user": 0x10000000, "mount": 0x20000, "pid": 0x20000000, "net": 0x40000000, "cgroup": 0x2000000}
CALLS = {  # asm/unistd_64.h; arguments that fail with EFAULT, EBADF or EINVAL where the call itself is allowed
    "pivot_root": (155, b"/", b"/"),
    "acct": (163, b"/no/such/file"),
    "swapon": (167, b"/no/such/file", 0),
    "reboot": (169, 0, 0, 0, 0),
    "init_module": (175, 0, 0, b""),
    "delete_module": (176, b"no-such-module", 0),
    "quotactl": (179, 0, 0, 0, 0),
    "clock_settime": (227, 1, 0),
    "kexec_load": (246, 0, 0, 0, 0),
    "add_key": (248, b"user", b"a", b"b", 1, -3),
    "request_key": (249, b"user", b"a", 0, -3),
    "keyctl": (250, 0, -3, 1),
    "perf_event_open": (298, 0, 0, -1, -1, 0),
    "fanotify_init": (300, 0, 0),
    "open_by_handle_at": (304, -1, 0, 0),
    "setns": (308, -1, 0),
    "kcmp": (312, 1, 1, 0, 0, 0),
    "finit_module": (313, -1, b"", 0),
    "bpf": (321, 0, 0, 0),
    "userfaultfd": (323, 1),
    "io_uring_setup": (425, 1, 0),
    "open_tree": (428, -100, b"/", 1),
    "move_mount": (429, -1, b"", -1, b"", 0),
    "fsopen": (430, b"tmpfs", 0),
    "mount_setattr": (442, -1, b"", 0, 0, 0),
}
REFUSED = (1, 38)  # EPERM, ENOSYS
libc = ctypes.CDLL(None, use_errno=True)


def attempt(name: str, action: Callable[..., object], *arguments: object) -> None:
    """Print the name of what is not refused."""
    with suppress(OSError):
        print(name, action(*arguments), flush=True)


def call(*arguments: object) -> int:
    """A system call by its number; its errno."""
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    return 0 if libc.syscall(*words) >= 0 else ctypes.get_errno()


def calls() -> None:
    """Calls that no container may make."""
    for name, arguments in CALLS.items():
        if (number := call(*arguments)) not in REFUSED:
            print(name, os.strerror(number))
    attempt("vsock", socket.socket, 40)
    for name, flag in NAMESPACES.items():
        for made in (call(272, flag), call(56, flag | signal.SIGCHLD, 0, 0, 0, 0)):
            if made not in REFUSED:
                print(name, os.strerror(made))


def mounts() -> None:
    """Mounts made, changed and taken away."""
    for source, target, kind, flags in (
        (b"tmpfs", b"/tmp", b"tmpfs", 0),
        (b"proc", b"/tmp", b"proc", 0),
        (b"/", b"/tmp", b"", 4096),
        (b"", b"/proc/sys", b"", 32 | 4096),
        (b"", b"/sys", b"", 32),
        (b"", b"/dev/null", b"", 32 | 4096),
    ):
        if libc.mount(source, target, kind, flags, b"") == 0:
            print("mount", source, target)
    for target in (b"/proc/sys", b"/proc/kcore", b"/dev/null", b"/proc", b"/etc/hosts", b"/"):
        if libc.umount2(target, 2) == 0:
            print("umount", target)


def descriptors() -> None:
    """What was left open for us, and for the first process."""
    for pid in ("self", "1"):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with suppress(OSError):
                target = os.readlink(f"/proc/{pid}/fd/{name}")
                if int(name) > 2 or target.startswith("socket:"):
                    print(pid, name, target)


def devices() -> None:
    """The host's own nodes changed, others made or opened."""
    nodes = [f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty")]
    for node in (*nodes, "/proc/self/fd/0" if os.readlink("/proc/self/fd/0").endswith("null") else "/dev/null"):
        attempt(f"chmod {node}", os.chmod, node, 0o666)
        attempt(f"chown {node}", os.chown, node, 0, 0)
    for directory in ("/", "/dev", "/dev/shm", "/tmp"):
        attempt(f"disk in {directory}", os.mknod, f"{directory}/disk", 0o060600, os.makedev(8, 0))
        attempt(f"memory in {directory}", os.mknod, f"{directory}/memory", 0o020600, os.makedev(1, 1))
    for name in ("mem", "kmem", "port", "kmsg", "fuse", "sda", "vda", "loop0", "mapper/control", "net/tun", "kvm"):
        attempt(name, os.open, f"/dev/{name}", os.O_RDONLY)


def kernel_files() -> None:
    """Files of /proc and /sys that are the host's."""
    for path in (
        "/proc/sys/kernel/core_pattern",
        "/proc/sys/kernel/modprobe",
        "/proc/sys/vm/drop_caches",
        "/proc/sys/fs/binfmt_misc/register",
        "/proc/sysrq-trigger",
        "/proc/irq/0/smp_affinity",
        "/sys/kernel/uevent_helper",
        "/sys/kernel/profiling",
        "/sys/power/state",
        "/sys/fs/cgroup/cgroup.procs",
        "/sys/fs/cgroup/memory/release_agent",
        "/sys/fs/cgroup/pids/release_agent",
        "/sys/fs/cgroup/pids/notify_on_release",
    ):
        attempt(path, os.open, path, os.O_WRONLY)
    for path in ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/sys/firmware/dmi/tables/DMI"):
        with suppress(OSError), open(path, "rb") as file:
            if file.read(1):
                print(path)


def climb() -> None:
    """Ways up and out of the root: chroot(2), ``..`` and the links of /proc."""
    attempt("canary", os.stat, CANARY)
    for place in ("/proc/1/root", "/proc/self/cwd", "/proc/1/cwd", "/proc/self/root", "."):
        attempt(place, os.stat, f"{place}{'/..' * 30}{CANARY}")
    for number in range(3, 40):
        attempt(f"descriptor {number}", os.stat, f"/proc/self/fd/{number}{'/..' * 30}{CANARY}")
    if os.getuid():
        return
    root = os.open("/", os.O_RDONLY)
    with suppress(FileExistsError):
        os.mkdir("/tmp/jail")
    os.chroot("/tmp/jail")
    os.fchdir(root)
    for _ in range(50):
        os.chdir("..")
    os.chroot(".")
    attempt("chroot", os.stat, CANARY)


def place() -> None:
    """Where the working directory is, and what is above it."""
    attempt("above", os.stat, f"{'../' * 30}{CANARY}")
    os.getcwd()


def programs() -> None:
    """The program that runs us, overwritten by its names in /proc: that of the image, in a layer of our own."""
    for path in ("/proc/self/exe", "/proc/1/exe"):
        with suppress(OSError):
            os.close(os.open(path, os.O_WRONLY | os.O_TRUNC))


def window() -> None:
    """Processes that enter the container, looked into before they are its own programs."""
    ours = os.readlink("/proc/self/exe")
    print("looking", file=sys.stderr, flush=True)
    until = time.monotonic() + 1
    while time.monotonic() < until:
        for pid in _others():
            with suppress(OSError):
                if (program := os.readlink(f"/proc/{pid}/exe")) != ours:
                    print("sees", program, flush=True)
            with suppress(OSError):
                for name in os.listdir(f"/proc/{pid}/fd"):
                    if (target := os.readlink(f"/proc/{pid}/fd/{name}")).startswith(("socket:", "anon_inode:[pidfd]")):
                        print("sees", target, flush=True)


def neighbours() -> None:
    """Processes that are not of this container, and signals to all that can be seen."""
    for pid in _others():
        print("sees", pid)
    for pid in range(2, 300):
        if pid != os.getpid():
            attempt(f"kill {pid}", os.kill, pid, signal.SIGKILL)
    attempt("kill all", os.kill, -1, signal.SIGKILL)


def network() -> None:
    """The host's sockets, by name and by port."""
    with open("/proc/net/unix") as file:
        if "shave-canary" in file.read():
            print("sees the host's sockets")
    attempt("abstract", socket.socket(socket.AF_UNIX).connect, "\0shave-canary")
    for host in ("127.0.0.1", "169.254.169.254"):
        with socket.socket() as connection:
            connection.settimeout(0.5)
            attempt(host, connection.connect, (host, int(os.environ.get("PORT", "80"))))


def forks() -> None:
    """As many processes as there can be."""
    print("up", file=sys.stderr, flush=True)
    while True:
        try:
            os.fork()
        except OSError:
            time.sleep(0.01)


def zombies() -> None:
    """Children that nobody waits for."""
    for _ in range(20_000):
        try:
            if os.fork() == 0:
                os._exit(0)
        except OSError:
            break
    print("up", file=sys.stderr, flush=True)
    time.sleep(1000)


def threads() -> None:
    """As many threads as there can be."""
    with suppress(RuntimeError):
        for _ in range(20_000):
            threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    print("up", file=sys.stderr, flush=True)
    time.sleep(1000)


def disk() -> None:
    """Every place that can be written to, until it is full: with bytes, with files, with holes."""
    for directory in ("/", "/tmp", "/dev/shm", "/etc", "/dev"):
        with suppress(OSError), open(f"{directory}/big", "wb", 0) as file:
            while file.tell() < 1 << 30:
                file.write(bytes(1 << 20))
            print(directory)
        with suppress(OSError):
            os.truncate(f"{directory}/big", 1 << 62)


def inodes() -> None:
    """Files without a byte."""
    os.mkdir("/many")
    with suppress(OSError):
        for number in range(20_000):
            os.mknod(f"/many/{number}")
        print("20000 files")


def memory() -> None:
    """More memory than there is."""
    kept = []
    while True:
        kept.append(bytearray(b"x" * (16 << 20)))


def output() -> None:
    """Output without a line's end, as fast as it is taken."""
    block = b"\x1b[2J\xff\0" * 20_000
    for _ in range(300):
        os.write(1 + _ % 2, block)


def daemon() -> None:
    """A process that leaves its parent, its session and its streams, and one that keeps the streams."""
    for keep in (True, False):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                for number in range(3):
                    if not keep:
                        os.close(number)
                for number in range(1, 65):
                    with suppress(OSError, ValueError):
                        signal.signal(number, signal.SIG_IGN)
                time.sleep(1000)
            os._exit(0)
    time.sleep(0.1)


def names() -> None:
    """Path calls as fast as they are answered, each with a name of its own, some as long as can be."""
    until = time.monotonic() + 1
    number = 0
    while time.monotonic() < until:
        number += 1
        with suppress(OSError):
            os.stat(f"/{number}")
        with suppress(OSError):
            os.stat(f"/{number}/{'x' * 200}" * 20)


def pointers() -> None:
    """Path calls with addresses that are none, and flags that mean nothing."""
    for address in (1, 4095, -1, -4096, 1 << 47, (1 << 63) - 1, 0xFFFF800000000000 - (1 << 64)):
        for number in (2, 4, 21, 59, 257, 262, 322, 437, 439):
            call(number, address, address, address, address, address)
            call(number, -100, address, address, address, -1)
    call(257, -100, b"/" + b"a" * 5000, 0, 0)
    os.chdir("/tmp")
    for _ in range(100):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    with suppress(OSError):
        os.stat("../" * 50 + "x")


def race() -> None:
    """A path that another thread changes while it is read."""
    path = ctypes.create_string_buffer(b"/etc/passwd\0" + bytes(100))
    stop = threading.Event()

    def change() -> None:
        while not stop.is_set():
            path.raw = b"/" + b"x" * 110 + b"\0"
            path.raw = b"/etc/passwd\0" + bytes(100)

    threading.Thread(target=change).start()
    for _ in range(300):
        call(21, path, 0)
    stop.set()


def listener() -> None:
    """A seccomp listener and filters of the program's own."""
    instruction = ctypes.create_string_buffer(b"\x06\0\0\0\0\0\xff\x7f", 8)
    program = ctypes.create_string_buffer(
        (1).to_bytes(8, "little") + ctypes.addressof(instruction).to_bytes(8, "little")
    )
    libc.prctl(38, 1, 0, 0, 0)
    for flags in (8, 0):
        for _ in range(50):
            made = libc.syscall(317, 1, flags, program)
            if flags and made >= 0 and os.environ.get("TRACED"):
                print("listens")
    with suppress(OSError):
        os.stat("/etc/passwd")


def disguise() -> None:
    """A name that reads like the end of a line of /proc, and a program that is no more."""
    libc.prctl(15, b") Z 1 1 (\n", 0, 0, 0)
    os.unlink(sys.argv[0])
    if os.fork() == 0:
        os.execve("/proc/self/exe", ["\n\x1b[31m" * 1000, "-I", "-S", "-c", "1"], {"A" * 1000: "B" * 100_000})
    os.wait()


def sleep() -> None:
    """Nothing, and no end either."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    print("up", file=sys.stderr, flush=True)
    time.sleep(10_000)


def _others() -> list[int]:
    """The processes that can be seen and are not ours: of another parent than the first process or us."""
    return [int(name) for name in os.listdir("/proc") if name.isdecimal() and int(name) not in (1, os.getpid())]


if __name__ == "__main__":
    for each in sys.argv[1:-1]:
        if os.fork() == 0:
            globals()[each]()
            sys.exit()
        if os.wait()[1]:
            print(each, "failed")
    globals()[sys.argv[-1]]()
