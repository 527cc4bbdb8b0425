"""The filter is installed in real processes and asked; the OCI form is checked against the same table."""

import errno
import json
import platform
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.seccomp import (
    ALLOW,
    ENOSYS,
    EPERM,
    ERRNO,
    KILL_PROCESS,
    MACHINES,
    USER_NOTIF,
    X32,
    docker_profile,
    filter_program,
    notified,
    oci_profile,
    syscalls,
)

AMD64_ONLY = pytest.mark.skipif(platform.machine() != "x86_64", reason="the calls are made by amd64 number")

INSTALL_AND_CALL = """
import ctypes, json, sys
libc = ctypes.CDLL(None, use_errno=True)
program = bytes.fromhex(sys.argv[1])
code = ctypes.create_string_buffer(program)
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]
libc.prctl(38, 1, 0, 0, 0)
assert libc.syscall(317, 1, 0, ctypes.byref(Program(len(program) // 8, ctypes.addressof(code)))) == 0
answers = []
for call in json.loads(sys.argv[2]):
    ctypes.set_errno(0)
    value = libc.syscall(*[ctypes.c_long(argument) for argument in call])
    answers.append(ctypes.get_errno() if value < 0 else 0)
print(json.dumps(answers))
"""


def answer(program: bytes, number: int, audit: int, arguments: tuple[int, ...] = ()) -> int:
    """What the kernel's interpreter would return, for programs of the instructions we use (filter.rst)."""
    data = struct.pack("<iIQ6Q", number, audit, 0, *(arguments + (0,) * 6)[:6])
    code = list(struct.iter_unpack("=HBBI", program))
    accumulator = at = 0
    while True:
        operation, true, false, value = code[at]
        at += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif operation == 0x54:
            accumulator &= value
        elif operation == 0x05:
            at += value
        elif operation == 0x15:
            at += true if accumulator == value else false
        elif operation == 0x35:
            at += true if accumulator >= value else false
        else:
            assert operation == 0x06
            return value


def expected(name: str, notify: bool) -> int:
    profile = docker_profile()
    if name in profile.allow:
        return USER_NOTIF if notify and name in syscalls().path else ALLOW
    return ERRNO | (ENOSYS if name in profile.missing else EPERM)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("notify", [True, False])
def test_every_call_is_answered_as_the_profile_says(machine: str, notify: bool) -> None:
    program = filter_program(notify, machine)
    for abi in MACHINES[machine]:
        for name, numbers in syscalls().number.items():
            if abi in numbers and name not in docker_profile().conditional:
                assert answer(program, numbers[abi], syscalls().machine[abi].audit) == expected(name, notify), name


@given(st.sampled_from(sorted(docker_profile().conditional)), st.integers(0, 2**64 - 1))
def test_conditions_look_at_the_low_half_of_the_argument(name: str, value: int) -> None:
    condition = docker_profile().conditional[name]
    low = value & 0xFFFFFFFF & condition.mask
    allowed = low in condition.equal if condition.equal else low not in condition.different
    for abi in MACHINES["amd64"]:
        given_answer = answer(
            filter_program(True, "amd64"), syscalls().number[name][abi], syscalls().machine[abi].audit, (value,)
        )
        assert given_answer == (ALLOW if allowed else ERRNO | EPERM)


def test_conditions_allow_what_programs_need() -> None:
    program, audit = filter_program(True, "amd64"), syscalls().machine["amd64"].audit
    clone, personality, socket = (syscalls().number[name]["amd64"] for name in ("clone", "personality", "socket"))
    assert answer(program, clone, audit, (0x3D0F00,)) == ALLOW
    assert answer(program, clone, audit, (0x10000000 | 17,)) == ERRNO | EPERM
    assert answer(program, personality, audit, (0xFFFFFFFF,)) == ALLOW
    assert answer(program, personality, audit, (0x0040000,)) == ERRNO | EPERM
    assert answer(program, socket, audit, (2,)) == ALLOW
    assert answer(program, socket, audit, (40,)) == ERRNO | EPERM


@given(st.integers(470, 2**32 - 1))
def test_unknown_and_x32_calls_are_missing(number: int) -> None:
    program, audit = filter_program(True, "amd64"), syscalls().machine["amd64"].audit
    signed = number - 2**32 if number >= 2**31 else number
    assert answer(program, signed, audit) == ERRNO | ENOSYS
    assert answer(program, X32 | 2, audit) == ERRNO | ENOSYS


def test_another_machine_is_killed() -> None:
    assert answer(filter_program(False, "amd64"), 0, 0xC00000B7) == KILL_PROCESS
    assert answer(filter_program(False, "arm64"), 0, 0xC000003E) == KILL_PROCESS
    with pytest.raises(KeyError):
        filter_program(False, "s390x")


def test_jumps_fit_and_stay_inside() -> None:
    for machine in MACHINES:
        code = list(struct.iter_unpack("=HBBI", filter_program(True, machine)))
        assert len(code) <= 4096  # BPF_MAXINSNS
        for at, (operation, true, false, value) in enumerate(code):
            ahead = (value,) if operation == 0x05 else (true, false)
            assert operation == 0x06 or all(at + 1 + step < len(code) for step in ahead)


@AMD64_ONLY
def test_the_kernel_takes_it_and_answers_so() -> None:
    number = {name: numbers.get("amd64", -1) for name, numbers in syscalls().number.items()}
    calls = [
        ([number["getppid"]], 0),
        ([number["unshare"], 0x10000000], errno.EPERM),
        ([number["clone3"], 0, 0], errno.ENOSYS),
        ([number["io_uring_setup"], 1, 0], errno.ENOSYS),
        ([number["personality"], 0xFFFFFFFF], 0),
        ([number["personality"], 0x40000], errno.EPERM),
        ([number["socket"], 40, 1, 0], errno.EPERM),
        ([number["mount"], 0, 0, 0, 0, 0], errno.EPERM),
        ([number["bpf"], 0, 0, 0], errno.EPERM),
        ([X32 | number["getppid"]], errno.ENOSYS),
        ([9999], errno.ENOSYS),
    ]
    arguments = [filter_program(False, "amd64").hex(), json.dumps([call for call, _ in calls])]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", INSTALL_AND_CALL, *arguments], capture_output=True, check=True
    )
    assert json.loads(done.stdout) == [wanted for _, wanted in calls]


@AMD64_ONLY
def test_real_programs_run_under_it() -> None:
    script = INSTALL_AND_CALL + "\nimport os; os.execv('/bin/sh', ['sh', '-c', 'ls -la / | wc -l; date'])"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, filter_program(False, "amd64").hex(), "[]"], capture_output=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""


def test_the_oci_form_says_the_same() -> None:
    traced, plain = oci_profile(Path("/run/l.sock"), "amd64"), oci_profile(None, "amd64")
    assert traced["listenerPath"] == "/run/l.sock" and "listenerPath" not in plain
    by_action = {rule["action"]: set(rule["names"]) for rule in reversed(traced["syscalls"])}
    assert by_action["SCMP_ACT_NOTIFY"] == notified()
    assert by_action["SCMP_ACT_ALLOW"] == docker_profile().allow - notified()
    names = [name for rule in traced["syscalls"] if "args" not in rule for name in rule["names"]]
    assert len(names) == len(set(names))
    assert "SCMP_ACT_NOTIFY" not in json.dumps(plain)


def test_names_mean_something() -> None:
    table, profile = syscalls(), docker_profile()
    assert (profile.allow | profile.missing | profile.conditional.keys() | table.path.keys()) <= table.number.keys()
    assert not profile.allow & profile.missing
    assert not (profile.allow | profile.missing) & profile.conditional.keys()


HEADERS = {"amd64": "x86_64-linux-gnu/asm/unistd_64.h", "i386": "x86_64-linux-gnu/asm/unistd_32.h"}


@pytest.mark.oracle
@pytest.mark.parametrize("machine", HEADERS)
def test_numbers_are_those_of_the_headers(machine: str) -> None:
    header = Path("/usr/include", HEADERS[machine])
    if not header.exists():
        pytest.skip("no kernel headers here (linux-libc-dev)")
    said = {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)", header.read_text())}
    ours = {name: numbers[machine] for name, numbers in syscalls().number.items() if machine in numbers}
    assert {name: ours.get(name) for name in said} == said


@pytest.mark.oracle
def test_arm64_numbers_are_those_of_the_generic_table() -> None:
    header = Path("/usr/include/asm-generic/unistd.h")
    if not header.exists():
        pytest.skip("no kernel headers here (linux-libc-dev)")
    text = header.read_text()
    said = {name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)\n", text)}
    said["newfstatat"] = said["fstatat"]
    for name, numbers in syscalls().number.items():
        if "arm64" in numbers and numbers["arm64"] <= 450:
            assert numbers["arm64"] == said[name], name


@pytest.mark.oracle
def test_containers_common_allows_the_same_or_more() -> None:
    """Podman's profile came from Docker's; where it refuses what we allow, the call is younger than that file."""
    theirs = Path("/usr/share/containers/seccomp.json")
    if not theirs.exists():
        pytest.skip("no podman here")
    rules = json.loads(theirs.read_text())["syscalls"]
    allowed = {name for rule in rules if rule["action"] == "SCMP_ACT_ALLOW" for name in rule["names"]}
    young = {name for name, numbers in syscalls().number.items() if min(numbers.values()) > 448}
    assert docker_profile().allow - young - allowed <= {"io_pgetevents", "io_pgetevents_time64", "vmsplice"}
