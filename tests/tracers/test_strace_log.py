"""Lines as strace 6.1 writes them, and what they tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.tracers.strace_log import FOLLOWED, Log, Used

ENTER = [
    '1 1.0 pivot_root(".", ".") = 0',
    '1 1.0 chdir("/app") = 0',
    '1 1.5 execve("/bin/p", ["p"], 0x7f /* 3 vars */) = 0',
]


def used(*lines: str) -> list[tuple[str, str]]:
    """What the lines tell of a container's program, after those that make it one."""
    log = Log([1])
    for line in ENTER:
        list(log.read(line))
    return [(found.path, found.how) for line in lines for found in log.read(line)]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('openat(AT_FDCWD</app>, "x", O_RDONLY|O_CLOEXEC) = 3</app/x>', [("/app/x", "opened")]),
        ('openat(AT_FDCWD</app>, "../x", O_RDONLY) = 3</x>', [("/app/../x", "opened")]),
        ('open("./x//y", O_RDONLY) = 3</app/x/y>', [("/app/x/y", "opened")]),
        ('openat(3</etc>, "passwd", O_RDONLY) = 4</etc/passwd>', [("/etc/passwd", "opened")]),
        ('openat(AT_FDCWD</>, "/n", O_RDONLY) = -1 ENOENT (No such file or directory)', [("/n", "absent")]),
        ('openat(AT_FDCWD</>, "/d", O_RDONLY|O_DIRECTORY) = 3</d>', [("/d", "listed")]),
        ('openat(AT_FDCWD</>, "/d", O_RDONLY|O_PATH) = 3</d>', [("/d", "stat")]),
        ('openat(AT_FDCWD</>, "/c", O_WRONLY|O_CREAT|O_EXCL, 0666) = 3</c>', [("/c", "created")]),
        ('openat(AT_FDCWD</>, "/c", O_WRONLY|O_CREAT, 0666) = 3</c>', [("/c", "created"), ("/c", "opened")]),
        ('openat(AT_FDCWD</>, "/c", O_WRONLY|O_CREAT, 0666) = -1 EACCES (Permission denied)', [("/c", "opened")]),
        ('openat2(AT_FDCWD</>, "/d", {flags=O_RDONLY|O_DIRECTORY, resolve=0}, 24) = 3</d>', [("/d", "listed")]),
        ("getdents64(3</d>, 0x55 /* 4 entries */, 32768) = 112", [("/d", "listed")]),
        ('newfstatat(3</x>, "", {st_mode=S_IFREG|0644, st_size=3, ...}, AT_EMPTY_PATH) = 0', []),
        ('stat("/x", {st_mode=S_IFREG|0644, st_size=3, ...}) = 0', [("/x", "stat")]),
        ('readlink("/l", "target, \\")", 99) = 8', [("/l", "link")]),
        ('readlink("/l", 0x7ffd, 99) = -1 EINVAL (Invalid argument)', [("/l", "stat")]),
        ('rename("/a", "/b") = 0', [("/a", "opened"), ("/b", "created")]),
        ('mkdir("/a", 0777) = -1 EEXIST (File exists)', [("/a", "stat")]),
        ('connect(3<socket:[9]>, {sa_family=AF_UNIX, sun_path="/run/s"}, 110) = 0', [("/run/s", "opened")]),
        ('bind(3<socket:[9]>, {sa_family=AF_UNIX, sun_path=@"hidden"}, 12) = 0', []),
        ("connect(3<socket:[9]>, {sa_family=AF_INET, sin_port=htons(80)}, 16) = 0", []),
        ("access(0x1, F_OK) = -1 EFAULT (Bad address)", []),
        ("access(NULL, F_OK) = -1 EFAULT (Bad address)", []),
        ('access("/caf\\303\\251\\n\\"", F_OK) = 0', [('/café\n"', "stat")]),
        ('openat(3</a\\74b>, "\\377", O_RDONLY) = 4</a\\74b/\\377>', [("/a<b/\udcff", "opened")]),
        ('openat(AT_FDCWD</>, "/proc/self/maps", O_RDONLY) = 3</proc/7/maps>', []),
        ('access("/dev", F_OK) = 0', []),
        ('access("/device", F_OK) = 0', [("/device", "stat")]),
        ("exit_group(0) = ?", []),
        ("+++ exited with 0 +++", []),
        ("--- SIGCHLD {si_signo=SIGCHLD} ---", []),
        ('access("/cut', []),
    ],
)
def test_calls(call: str, expected: list[tuple[str, str]]) -> None:
    assert used(f"1 2.5 {call}") == expected


def test_directories_are_followed() -> None:
    assert used('1 2.0 chdir("sub") = 0', '1 2.0 access("x", F_OK) = 0')[1] == ("/app/sub/x", "stat")
    assert used("1 2.0 fchdir(3</d>) = 0", '1 2.0 access("x", F_OK) = 0') == [("/d/x", "stat")]
    assert used('1 2.0 chdir("no") = -1 ENOENT (x)', '1 2.0 access("x", F_OK) = 0')[1] == ("/app/x", "stat")


def test_two_pieces() -> None:
    assert used(
        '1 2.0 openat(AT_FDCWD</>, "/x", O_RDONLY <unfinished ...>',
        '1 2.1 <... openat resumed>) = 3</x>',
    ) == [("/x", "opened")]  # fmt: skip


def test_a_child_that_calls_before_its_fork_returns() -> None:
    lines = [
        "1 2.0 vfork( <unfinished ...>",
        '77 2.1 execve("tool", ["tool"], 0x1 /* 3 vars */) = 0',
        "1 2.2 <... vfork resumed>) = 5 /* 77 in strace's PID NS */",
        '77 2.3 access("y", F_OK) = 0',
    ]
    assert used(*lines) == [("/app/tool", "executed"), ("/app/y", "stat")]


def test_only_programs_of_containers() -> None:
    log = Log([1])
    lines = [
        '1 1.0 access("/host", F_OK) = 0',
        "1 1.0 clone(child_stack=NULL, flags=CLONE_NEWPID|SIGCHLD) = 9",
        '9 1.0 pivot_root(".", ".") = 0',
        '9 1.0 access("/runner", F_OK) = 0',
        '9 1.0 execve("/bin/sh", ["sh"], 0x1) = 0',
        '9 1.0 access("/inside", F_OK) = 0',
        '1 1.0 access("/host", F_OK) = 0',
        "1 1.0 setns(7<anon_inode:[pidfd]>, CLONE_NEWNS|CLONE_NEWPID) = 0",
        '1 1.0 execve("/bin/exec", ["exec"], 0x1) = 0',
        '8 1.0 access("/stranger", F_OK) = 0',
    ]
    found = [use for line in lines for use in log.read(line)]
    assert found == [
        Used("/bin/sh", "executed", 1.0),
        Used("/inside", "stat", 1.0),
        Used("/bin/exec", "executed", 1.0),
    ]


def test_a_program_whose_name_may_not_be_read() -> None:
    log = Log([1])
    for line in [*ENTER, "1 2.0 execve(0x7ffd01, 0x7ffd02, 0x7ffd03) = 0"]:
        list(log.read(line))
    assert log.hidden == 1


@given(st.binary(max_size=40).filter(lambda name: b"\0" not in name))
def test_every_name_survives(name: bytes) -> None:
    escaped = "".join(f"\\{byte:o}" if byte < 8 else f"\\{byte:03o}" for byte in b"/n" + name)
    found = used(f'1 2.0 rmdir("{escaped}") = 0') if len(escaped) < 4096 else []
    plain = "/" + "/".join(p for p in ("/n" + name.decode("utf-8", "surrogateescape")).split("/") if p not in ("", "."))
    assert found == [(plain, "stat")]


@given(st.text(alphabet='0123456789 .()[]{}<>"\\,=/*abcO_REATDFpenvlk', max_size=120))
def test_no_line_breaks_it(text: str) -> None:
    used(f"1 2.0 {text}", f"1 2.0 openat({text}", f'1 2.0 openat(AT_FDCWD<{text}>, "{text}", {text}) = 3')


def test_the_calls_are_those_of_the_table() -> None:
    assert {"openat", "execve", "vfork", "getdents64", "pivot_root"} <= set(FOLLOWED)
