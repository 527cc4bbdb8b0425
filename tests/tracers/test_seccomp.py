"""Real programs under the real filter; strace is the oracle for what they opened, executed and looked at."""

import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

from shave.errors import CannotError, UsageError
from shave.evidence import unite
from shave.tracers import TRACERS, choose
from shave.tracers.seccomp import SeccompTracer

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(SeccompTracer().refusal() is not None, reason="no seccomp notification here"),
]

PYTHON = [sys.executable, "-I", "-S", "-c"]


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Path]:
    """A directory whose name strace prints as it is."""
    (tmp_path / "there").write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("there")
    (tmp_path / "dangling").symlink_to("nowhere")
    yield tmp_path


Used = Callable[[str], dict[str, tuple[str, ...]]]


@pytest.fixture
def used_by(work: Path, traced: ModuleType) -> Used:
    """How a Python program used the paths below ``work``, by their names there."""

    def run(text: str) -> dict[str, tuple[str, ...]]:
        (work / "trace").mkdir()
        script = "import os, socket, sys\n" + textwrap.dedent(text)
        evidence = traced.evidence(work / "trace", [*PYTHON, script], cwd=work)
        prefix = f"{work}/"
        return {path.removeprefix(prefix): how for path, how in traced.how(evidence).items() if path.startswith(prefix)}

    return run


def test_how_a_path_is_used(work: Path, used_by: Used) -> None:
    used = used_by(
        """
        open("there").read()
        os.stat("folder"); os.listdir("folder")
        os.readlink("link"); os.readlink("there") if 0 else None
        os.path.exists("missing"); os.path.exists("dangling"); os.path.lexists("dangling")
        os.mkdir("made"); open("made/new", "w").close(); open("made/new").close()
        os.rename("made/new", "made/renamed"); os.symlink("anything", "made/pointer")
        os.close(os.open("link", os.O_PATH))
        os.mknod("made/pipe", 0o10600)
        """,
    )
    assert used == {
        "there": ("opened",),
        "folder": ("listed", "stat"),
        "link": ("link", "stat"),
        "missing": ("absent",),
        "dangling": ("absent", "stat"),
        "made": ("created",),
        "made/new": ("created", "opened"),
        "made/renamed": ("created",),
        "made/pointer": ("created",),
        "made/pipe": ("created",),
    }


def test_creating_where_nothing_can_be_is_a_failed_lookup(work: Path, used_by: Used) -> None:
    used = used_by(
        """
        for path in ("no/where", "there/below"):
            try: open(path, "w")
            except OSError: pass
        open("there", "a").close()
        try: os.mkdir("folder")
        except OSError: pass
        """,
    )
    assert used == {
        "no/where": ("absent",),
        "there/below": ("absent",),
        "there": ("opened",),
        "folder": ("stat",),
    }


def test_what_was_absent_may_come_to_be(work: Path, used_by: Used) -> None:
    used = used_by('os.path.exists("late"); open("late", "w").close(); open("late").close()')
    assert used["late"] == ("absent", "created", "opened")


def test_relative_to_descriptors_and_directories(work: Path, used_by: Used) -> None:
    used = used_by(
        """
        os.mkdir("a"); os.chdir("a"); open("b", "w").close()
        folder = os.open("..", os.O_RDONLY | os.O_DIRECTORY)
        os.stat("./there", dir_fd=folder); os.stat("..//folder/")
        os.close(folder)
        """,
    )
    assert used["a/b"] == ("created",)
    assert used["there"] == ("stat",)
    assert used["a/../folder"] == ("stat",)
    assert used["a/.."] == ("listed",)


def test_unix_sockets(work: Path, used_by: Used) -> None:
    used = used_by(
        """
        s = socket.socket(socket.AF_UNIX); s.bind("sock"); s.listen()
        c = socket.socket(socket.AF_UNIX); c.connect("sock")
        n = socket.socket(socket.AF_UNIX); n.bind("\\0abstract")
        try: socket.socket(socket.AF_UNIX).connect("gone")
        except OSError: pass
        """,
    )
    assert used == {"sock": ("created", "opened"), "gone": ("absent",)}


def test_a_chrooted_program(work: Path, used_by: Used) -> None:
    (work / "folder" / "etc").mkdir()
    (work / "folder" / "etc" / "inner").write_text("")
    (work / "folder" / "absolute").symlink_to("/etc/inner")
    used = used_by(
        'os.chroot("folder"); os.chdir("/"); os.stat("/absolute"); os.stat("etc/inner"); os.path.exists("/no")'
    )
    assert used["folder/absolute"] == used["folder/etc/inner"] == ("stat",)
    assert used["folder/no"] == ("absent",)


def test_names_that_are_not_text(work: Path, used_by: Used) -> None:
    used = used_by('open(b"caf\\xe9\\n<>", "w").close(); os.stat(b"caf\\xe9\\n<>")')
    assert used == {"caf\udce9\n<>": ("created", "stat")}


def test_long_and_wrong_pointers(work: Path, used_by: Used) -> None:
    used = used_by(
        """
        import ctypes
        libc = ctypes.CDLL(None)
        libc.access(ctypes.c_void_p(1), 0); libc.access(None, 0)
        os.path.exists("x" * 5000)
        deep = "/".join(["there"] + ["y" * 250] * 15); os.path.exists(deep)
        """,
    )
    assert [len(path) > 3500 for path in used] == [True]


def test_kernel_file_systems_are_no_evidence(tmp_path: Path, traced: ModuleType) -> None:
    script = "import os; os.listdir('/proc/self/fd'); os.stat('/sys'); open('/dev/null').close()"
    evidence = traced.evidence(tmp_path, [*PYTHON, script])
    assert not [a.path for a in evidence.accesses if re.match(r"/(proc|sys|dev)(/|$)", a.path)]


def test_executions_threads_and_signals(work: Path, used_by: Used) -> None:
    shutil.copy("/bin/true", work / "program")
    used = used_by(
        """
        import signal, subprocess, threading
        signal.signal(signal.SIGALRM, lambda *_: None); signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        def look(n):
            for i in range(50): os.path.exists(f"t{n}-{i}")
        threads = [threading.Thread(target=look, args=(n,)) for n in range(4)]
        [t.start() for t in threads]; [t.join() for t in threads]
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.spawnv(os.P_WAIT, "program", ["p"])
        descriptor = os.open("program", os.O_PATH)
        if os.fork() == 0: os.execve(descriptor, ["p"], {})
        os.wait()
        """,
    )
    assert used.pop("program") == ("executed", "stat")
    assert used == {f"t{n}-{i}": ("absent",) for n in range(4) for i in range(50)}


def test_labels_and_quiet(tmp_path: Path, traced: ModuleType) -> None:
    with SeccompTracer().trace(tmp_path) as trace:
        traced.run(trace, ["/bin/cat", "/etc/hostname"])
        trace.label("home")
        before = trace.quiet_seconds()
        traced.run(trace, ["/bin/cat", "/etc/hostname", "/etc/passwd"])
        assert before >= 0 and trace.quiet_seconds() >= 0
        probes = {access.path: access.probes for access in trace.evidence("sha256:0").accesses}
    assert probes["/etc/hostname"] == ("home", "start")
    assert probes["/etc/passwd"] == ("home",)


def test_killed_tasks_do_not_disturb(tmp_path: Path, traced: ModuleType) -> None:
    script = """
import os, signal, time
for n in range(30):
    child = os.fork()
    if child == 0:
        while True: os.path.exists("/nothing")
    time.sleep(0.002); os.kill(child, signal.SIGKILL); os.waitpid(child, 0)
"""
    evidence = traced.evidence(tmp_path, [*PYTHON, script])
    assert traced.how(evidence)["/nothing"] == ("absent",)


def test_the_listener_ends_with_the_trace(tmp_path: Path, traced: ModuleType) -> None:
    with SeccompTracer().trace(tmp_path) as trace:
        trace.quiet_seconds()
        (listener,) = children("listener.py")
    assert not Path(f"/proc/{listener}").exists()


def test_the_listener_ends_when_we_are_killed(tmp_path: Path, traced: ModuleType) -> None:
    script = f"""
import pathlib, time
from shave.tracers.seccomp import SeccompTracer
with SeccompTracer().trace(pathlib.Path({str(tmp_path)!r})) as trace:
    trace.quiet_seconds(); print("ready", flush=True); time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"ready\n"
        (listener,) = children("listener.py", process.pid)
        process.kill()
    deadline = time.monotonic() + 10
    while alive(listener) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(listener)


def test_a_dead_listener_is_told(tmp_path: Path) -> None:
    with SeccompTracer().trace(tmp_path) as trace:
        trace.quiet_seconds()
        (listener,) = children("listener.py")
        os.kill(listener, signal.SIGKILL)
        with pytest.raises(CannotError, match="killed"):
            trace.evidence("sha256:0")


def test_a_program_does_not_hang_when_the_listener_dies(tmp_path: Path, traced: ModuleType) -> None:
    """Its calls then fail with ENOSYS (seccomp_unotify(2)); the trace says that it broke."""
    script = f"""
import os, time
open({str(tmp_path / "running")!r}, "w").close()
while True:
    try: os.stat("/")
    except OSError as error: print(error.errno, flush=True); break
"""
    with SeccompTracer().trace(tmp_path) as trace, ThreadPoolExecutor() as pool:
        ends = pool.submit(traced.run, trace, [*PYTHON, script])
        while not (tmp_path / "running").exists():
            time.sleep(0.01)
        (listener,) = children("listener.py")
        for worker in children("listener.py", listener):
            os.kill(worker, signal.SIGKILL)
        assert ends.result(30).stdout == b"38\n"
        with pytest.raises(CannotError, match="broke"):
            trace.evidence("sha256:0")


def test_no_container_is_no_evidence(tmp_path: Path, traced: ModuleType) -> None:
    with SeccompTracer().trace(tmp_path) as trace, pytest.raises(CannotError, match="no program was started"):
        trace.evidence("sha256:0")


def test_a_directory_too_deep_for_a_socket(tmp_path: Path, traced: ModuleType) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    assert "executed" in traced.how(traced.evidence(deep, ["/bin/true"]))["/bin/true"]


CROWD = """
import json, sys
from shave.tracers import listener
listener.REMEMBERED_BYTES = 16 << 20
worker = listener.Worker({}, listener.Shared(), "")
worker.label = 0
for number in range(int(sys.argv[2])):
    worker.remember(listener.Asked("opened", False, True, b"", b"/%d" % number + eval(sys.argv[1])), "opened")
sent = json.dumps(worker.result())
peak = next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM'))
print(int(peak) >> 10, len(sent) >> 20, worker.result()["full"])
"""


@pytest.mark.parametrize(
    ("text", "number", "full"),
    [
        ("b''", 50_000, "True"),
        ("b'/usual' * 10", 25_000, "False"),
        ("b'\\xff' * 4000", 450, "False"),
        ("b'\\xff' * 4000", 1000, "True"),
        ("b'\"' * 4000", 3000, "True"),
        ("b'x' * 4000 + b'\\xf0\\x9f\\x98\\x80'", 1500, "True"),
    ],
)
def test_what_a_crowd_of_names_takes_is_bounded(text: str, number: int, full: str) -> None:
    done = subprocess.check_output([sys.executable, "-c", CROWD, text, str(number)], text=True)
    megabytes, sent, *found = done.split()
    assert int(megabytes) < 30 + 4 * 16
    assert int(sent) < 16
    assert found == [full]


def test_choose() -> None:
    assert choose().name == TRACERS[0].name
    assert [choose(tracer.name).name for tracer in TRACERS] == [tracer.name for tracer in TRACERS]
    with pytest.raises(UsageError):
        choose("dtrace")


def children(word: str, parent: int | None = None) -> list[int]:
    found = Path(f"/proc/{parent or os.getpid()}/task/{parent or os.getpid()}/children").read_text().split()
    return [int(pid) for pid in found if word in Path(f"/proc/{pid}/cmdline").read_text()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


PROGRAMS = {
    "ls": ["/bin/ls", "-l", "/etc"],
    "python": ["/usr/bin/python3", "-c", "import json, ssl, sqlite3; open('/nope', 'w') if 0 else None"],
    "pipeline": ["/bin/sh", "-c", "cat /etc/passwd | sort | head -1; cd /usr && find share/doc/dash | wc -l"],
    "perl": ["/usr/bin/perl", "-MPOSIX", "-e", "print strftime('%Y', localtime)"],
}
GO = """package main
import ("fmt"; "os"; "path/filepath"; "sync"; "time")
func main() {
    var w sync.WaitGroup
    for n := 0; n < 20; n++ {
        w.Add(1)
        go func(n int) { defer w.Done(); os.Stat(fmt.Sprintf("/absent-%d", n)); os.ReadFile("/etc/hostname") }(n)
    }
    w.Wait()
    found, _ := filepath.Glob("/etc/*.conf")
    fmt.Println(len(found), time.Now().Location())
    os.ReadDir("/etc/apt")
}
"""


@pytest.mark.oracle
@pytest.mark.skipif(not shutil.which("strace"), reason="no strace")
@pytest.mark.parametrize("name", [*PROGRAMS, "go-amd64", "go-386"])
def test_strace_sees_the_same(name: str, tmp_path: Path, traced: ModuleType) -> None:
    arguments = PROGRAMS[name] if name in PROGRAMS else [str(go_program(name.partition("-")[2], tmp_path))]
    ours = {a.path for a in traced.evidence(tmp_path, arguments, cwd="/").accesses}
    theirs = straced(arguments, tmp_path / "strace.out")
    assert {path for path in theirs if path not in ours} == set()
    assert {path for path in ours if path not in theirs} == set()


def go_program(machine: str, directory: Path) -> Path:
    go = shutil.which("go")
    if not go:
        pytest.skip("no Go here")
    (directory / "main.go").write_text(GO)
    environment = os.environ | {"CGO_ENABLED": "0", "GOARCH": machine, "GO111MODULE": "off", "GOFLAGS": ""}
    subprocess.run([go, "build", "-o", "program", "main.go"], cwd=directory, env=environment, check=True)
    return directory / "program"


NAMED = re.compile(r'\s*\w+\((?:(?:AT_FDCWD|\d+)(?:<([^>]*)>)?, )?(?:\{sa_family=AF_UNIX, sun_path=)?"([^"]+)"')


def straced(arguments: list[str], output: Path) -> set[str]:
    """The absolute paths of all calls that strace says take file names, and of relative ones at descriptors."""
    command = ["strace", "-f", "-y", "-qq", "-s", "4096", "-e", "trace=%file,connect", "-o", str(output), *arguments]
    subprocess.run(command, cwd="/", capture_output=True, check=True)
    found, directories = set(), {}
    for line in output.read_text().splitlines():
        task, _, call = line.partition(" ")
        if match := re.match(r'\s*chdir\("([^"]*)"\)', call):
            directories[task] = match[1]
        if match := NAMED.match(call):
            base, name = match[1] or directories.get(task, "/"), match[2]
            path = os.path.normpath(name if name.startswith("/") else f"{base}/{name}")
            found.add(f"/{path.lstrip('/')}")
    return {path for path in found if not re.match(r"//?(proc|sys|dev)(/|$)", path)}


def test_evidence_of_two_containers_is_united(tmp_path: Path, traced: ModuleType) -> None:
    with SeccompTracer().trace(tmp_path) as trace:
        for path in ("/etc/hostname", "/etc/passwd"):
            traced.run(trace, ["/bin/cat", path])
        evidence = trace.evidence("sha256:0")
    assert {"/etc/hostname", "/etc/passwd"} <= {a.path for a in evidence.accesses}
    assert unite(evidence, evidence) == evidence
