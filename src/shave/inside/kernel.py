"""The system calls that the standard library has no words for. Failures are OSError, as everywhere else."""

import ctypes
import os
import struct

NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
RDONLY, NOSUID, NODEV, NOEXEC, BIND, REC, PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18

_LISTENER, _WAIT_KILLABLE = 8, 32
_LAST_CAPABILITY = 63
_COMMON = {"open_tree": 428, "move_mount": 429, "mount_setattr": 442}
_NUMBERS = {  # asm/unistd_64.h, asm-generic/unistd.h
    "x86_64": _COMMON | {"pivot_root": 155, "seccomp": 317, "setns": 308, "capset": 126, "unshare": 272},
    "aarch64": _COMMON | {"pivot_root": 41, "seccomp": 277, "setns": 268, "capset": 91, "unshare": 97},
}
_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_numbers = _NUMBERS.get(os.uname().machine, {})


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result


def _call(name: str, *arguments: int | bytes | None, what: str = "") -> int:
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    return _checked(_libc.syscall(ctypes.c_long(_numbers[name]), *words), what or name)


def unshare(flags: int) -> None:
    """Leave the namespaces of ``flags``: unshare(2)."""
    _call("unshare", flags)


def enter(descriptor: int, flags: int) -> None:
    """Join the namespaces of ``flags`` of a process by its pidfd: setns(2), Linux 5.8."""
    _call("setns", descriptor, flags)


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    """mount(2)."""
    words = [os.fsencode(word) for word in (source, target, kind)]
    result = _libc.mount(*words, ctypes.c_ulong(flags), os.fsencode(options))
    _checked(result, f"mount {kind or source} at {target}")


def detach(target: str) -> None:
    """Take the mounts at ``target`` out of the tree: umount2(2) with MNT_DETACH."""
    _checked(_libc.umount2(os.fsencode(target), 2), f"umount {target}")


def clone_mount(path: str) -> int:
    """A detached copy of what is mounted below ``path``, as a descriptor: open_tree(2)."""
    at_fdcwd, clone, cloexec, recursive = -100, 1, os.O_CLOEXEC, 0x8000
    return _call("open_tree", at_fdcwd, os.fsencode(path), clone | cloexec | recursive, what=f"open_tree {path}")


def attach_mount(descriptor: int, path: str) -> None:
    """Mount the tree behind ``descriptor`` at ``path``: move_mount(2)."""
    empty_path = 4
    _call("move_mount", descriptor, b"", -100, os.fsencode(path), empty_path, what=f"move_mount {path}")


def make_read_only(descriptor: int) -> None:
    """Make every mount of a detached tree read-only and leave its other attributes: mount_setattr(2), Linux 5.12."""
    attributes = struct.pack("=4Q", RDONLY, 0, 0, 0)
    _call("mount_setattr", descriptor, b"", 0x1000 | 0x8000, attributes, len(attributes))


def pivot_root() -> None:
    """Make the working directory the root; the old one lies over it until it is detached: pivot_root(2), NOTES."""
    _call("pivot_root", b".", b".")


def die_with_parent() -> None:
    """SIGKILL when the parent thread dies. Lost when the credentials change: prctl(2), PR_SET_PDEATHSIG."""
    _checked(_libc.prctl(1, 9, 0, 0, 0), "PR_SET_PDEATHSIG")


def hide() -> None:
    """Nobody may look into this process until it executes a program: prctl(2), PR_SET_DUMPABLE; ptrace(2)."""
    _checked(_libc.prctl(4, 0, 0, 0, 0), "PR_SET_DUMPABLE")


def bound_capabilities(kept: list[int]) -> None:
    """Take all others out of the bounding set for good: capabilities(7)."""
    for number in range(_LAST_CAPABILITY + 1):
        if number not in kept and _libc.prctl(23, number, 0, 0, 0) == 1:
            _checked(_libc.prctl(24, number, 0, 0, 0), "PR_CAPBSET_DROP")


def set_capabilities(kept: list[int]) -> None:
    """Permitted and effective are ``kept``; inheritable is empty, as in Docker since CVE-2022-24769: capset(2)."""
    mask = sum(1 << number for number in kept)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    _call("capset", struct.pack("=Ii", 0x20080522, 0), struct.pack("=6I", low, low, 0, high, high, 0))


def install_filter(program: bytes, listen: bool) -> int:
    """Install a seccomp filter (8 bytes an instruction); the value is its notification descriptor if ``listen``.

    Without PR_SET_NO_NEW_PRIVS, so CAP_SYS_ADMIN is needed: seccomp(2). WAIT_KILLABLE_RECV is asked for where it is
    known (Linux 5.19): without it Go's preemption signals restart a notified call for ever.
    """
    body = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HxxxxxxQ", len(program) // 8, ctypes.addressof(body))
    if not listen:
        return _call("seccomp", 1, 0, header)
    try:
        return _call("seccomp", 1, _LISTENER | _WAIT_KILLABLE, header)
    except OSError:
        return _call("seccomp", 1, _LISTENER, header)
