"""The seccomp filter of a container: Docker's default profile, and path calls handed to a tracer that listens.

The same profile in two spellings: classic BPF for our own runner, and the ``linux.seccomp`` object of the OCI runtime
specification for crun and runc. Sources: seccomp(2), linux/seccomp.h, linux/bpf_common.h, config-linux.md.
"""

import struct
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from shave.facts import load

Machine = Literal["amd64", "i386", "arm64"]
How = Literal["opened", "executed", "listed", "stat", "link", "created"]

MACHINES: dict[str, tuple[Machine, ...]] = {"amd64": ("amd64", "i386"), "arm64": ("arm64",)}
"""Each machine we can filter on, in the words of an image config, with the system call tables its kernel serves."""

KILL_PROCESS, ERRNO, USER_NOTIF, ALLOW = 0x80000000, 0x00050000, 0x7FC00000, 0x7FFF0000
EPERM, ENOSYS = 1, 38
X32 = 0x40000000

_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_ALWAYS, _EQUAL, _AT_LEAST = 0x05, 0x15, 0x35
_NUMBER, _AUDIT, _ARGUMENTS = 0, 4, 16

Instruction = tuple[int, int, int, int]
Block = tuple[Instruction, ...]


class Abi(Struct, frozen=True):
    """What differs by machine: ``AUDIT_ARCH_*`` and two flags of open(2)."""

    audit: int
    directory: int
    nofollow: int


class PathArgument(Struct, frozen=True, forbid_unknown_fields=True):
    """One path of a system call; every number is an argument's index, -1 where there is none (facts/syscalls.toml)."""

    how: How
    path: int = -1
    directory: int = -1
    open_flags: int = -1
    open_how: int = -1
    at_flags: int = -1
    address: int = -1
    follow: bool = True
    enters: bool = False


class Syscalls(Struct, frozen=True):
    """System calls by name: their numbers by machine, and the paths they take."""

    machine: dict[Machine, Abi]
    path: dict[str, tuple[PathArgument, ...]]
    number: dict[str, dict[Machine, int]]


class Condition(Struct, frozen=True, forbid_unknown_fields=True):
    """A call is allowed if an argument's low 32 bits, masked, are one of ``equal``, or none of ``different``."""

    argument: int
    mask: int = 0xFFFFFFFF
    equal: tuple[int, ...] = ()
    different: tuple[int, ...] = ()


class Profile(Struct, frozen=True):
    """Calls by name: allowed, answered with ENOSYS, allowed on a condition; all others are EPERM."""

    allow: frozenset[str]
    missing: frozenset[str]
    conditional: dict[str, Condition]


@cache
def syscalls() -> Syscalls:
    """The system call table of facts/syscalls.toml."""
    return msgspec.convert(load("syscalls"), Syscalls)


@cache
def docker_profile() -> Profile:
    """The profile of facts/docker_seccomp.toml."""
    return msgspec.convert(load("docker_seccomp"), Profile)


def notified() -> frozenset[str]:
    """The calls a tracer is told of: those that take a path and are allowed."""
    return docker_profile().allow & syscalls().path.keys()


def filter_program(notify: bool, machine: str) -> bytes:
    """The profile as an array of ``struct sock_filter`` for seccomp(SECCOMP_SET_MODE_FILTER) on ``machine``.

    With ``notify`` the path calls go to the listener that SECCOMP_FILTER_FLAG_NEW_LISTENER gives. Raises KeyError for a
    machine that is not in ``MACHINES``.
    """
    program: Block = (_answer(KILL_PROCESS),)
    for abi in reversed(MACHINES[machine]):
        program = _if(_EQUAL, syscalls().machine[abi].audit, _abi_block(abi, notify), program)
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in (_load(_AUDIT), *program))


def oci_profile(listener: Path | None, machine: str) -> dict[str, Any]:
    """The profile as ``linux.seccomp`` of config.json; path calls are notified to the Unix socket ``listener``."""
    profile = docker_profile()
    told = notified() if listener else frozenset()
    rules: list[dict[str, Any]] = [
        {"names": sorted(profile.allow - told), "action": "SCMP_ACT_ALLOW"},
        {"names": sorted(profile.missing), "action": "SCMP_ACT_ERRNO", "errnoRet": ENOSYS},
        *_oci_conditions(profile),
    ]
    seccomp: dict[str, Any] = {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": EPERM, "syscalls": rules}
    seccomp["architectures"] = _OCI_ARCHITECTURES[machine]
    if listener:
        rules.append({"names": sorted(told), "action": "SCMP_ACT_NOTIFY"})
        seccomp["listenerPath"] = str(listener)
    return seccomp


_OCI_ARCHITECTURES = {
    "amd64": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
    "arm64": ["SCMP_ARCH_AARCH64"],
}


def _oci_conditions(profile: Profile) -> list[dict[str, Any]]:
    return [
        {"names": [name], "action": "SCMP_ACT_ALLOW", "args": [_oci_argument(condition, operator, value)]}
        for name, condition in profile.conditional.items()
        for operator, values in (("MASKED_EQ", condition.equal), ("NE", condition.different))
        for value in values
    ]


def _oci_argument(condition: Condition, operator: str, value: int) -> dict[str, Any]:
    argument: dict[str, Any] = {"index": condition.argument, "op": f"SCMP_CMP_{operator}", "value": value}
    if operator == "MASKED_EQ":
        argument |= {"value": condition.mask, "valueTwo": value}
    return argument


def _abi_block(abi: Machine, notify: bool) -> Block:
    """What one machine's calls are answered, as a tree of comparisons over ranges of numbers answered alike."""
    profile, told = docker_profile(), notified() if notify else frozenset()
    calls = {numbers[abi]: name for name, numbers in syscalls().number.items() if abi in numbers}
    ranges: list[tuple[int, Block]] = []
    for number in range(max(calls) + 1):
        block = _call_block(calls.get(number, ""), profile, told)
        if not ranges or ranges[-1][1] != block:
            ranges.append((number, block))
    # As runc does: a call newer than the profile is missing, so that programs fall back; this covers the x32 numbers.
    ranges.append((max(calls) + 1, (_answer(ERRNO | ENOSYS),)))
    return (_load(_NUMBER), *_search(ranges))


def _call_block(name: str, profile: Profile, told: frozenset[str]) -> Block:
    if name in told:
        return (_answer(USER_NOTIF),)
    if name in profile.allow:
        return (_answer(ALLOW),)
    if name in profile.missing:
        return (_answer(ERRNO | ENOSYS),)
    if name in profile.conditional:
        return _condition_block(profile.conditional[name])
    return (_answer(ERRNO | EPERM),)


def _condition_block(condition: Condition) -> Block:
    allow: Block = (_answer(ALLOW),)
    refuse: Block = (_answer(ERRNO | EPERM),)
    values, hit, block = (condition.equal, allow, refuse) if condition.equal else (condition.different, refuse, allow)
    for value in values:
        block = _if(_EQUAL, value, hit, block)
    return (_load(_ARGUMENTS + 8 * condition.argument), (_AND, 0, 0, condition.mask), *block)


def _search(ranges: list[tuple[int, Block]]) -> Block:
    if len(ranges) == 1:
        return ranges[0][1]
    middle = len(ranges) // 2
    return _if(_AT_LEAST, ranges[middle][0], _search(ranges[middle:]), _search(ranges[:middle]))


def _if(comparison: int, value: int, then: Block, otherwise: Block) -> Block:
    """A conditional jump reaches 255 instructions; beyond that an unconditional one, with 32 bits, takes over."""
    if len(otherwise) <= 255:
        return ((comparison, len(otherwise), 0, value), *otherwise, *then)
    return ((comparison, 0, 1, value), (_ALWAYS, 0, 0, len(otherwise)), *otherwise, *then)


def _load(offset: int) -> Instruction:
    return (_LOAD, 0, 0, offset)


def _answer(action: int) -> Instruction:
    return (_RETURN, 0, 0, action)
