"""Hostile programs, run: nothing gets through, all of it is bounded, and nothing is left."""

import os
import socket
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hostile import attacks
from shave import cgroup, store
from shave.errors import CannotError, ShaveError
from shave.events import silent
from shave.helper import host
from shave.image import Image
from shave.runners import AUTOMATIC
from shave.runners.output import LIMIT_BYTES
from shave.runners.protocol import Mount, Prepared, Runner, Start
from shave.testing import Directory, Fifo, File, Member, Symlink, image
from shave.tracers.seccomp import SeccompTracer
from shave.workspace import workspace

pytestmark = pytest.mark.root

BUSYBOX = Path("/bin/busybox")
SMALL = cgroup.Limits(memory_bytes=256 << 20, processes=64, disk_bytes=32 << 20)
QUIET = ("calls", "mounts", "descriptors", "devices", "kernel_files", "climb", "programs", "neighbours", "network")
EXEC = tuple(name for name in QUIET if name not in ("neighbours", "network"))
TRACED = ("names", "pointers", "race", "listener", "disguise", "daemon")
ENDLESS = ("forks", "zombies", "threads", "memory")
BOUNDED = ("forks", "zombies", "threads", "disk", "inodes", "memory", "output", "daemon")
NODES = [Path("/dev", name) for name in ("null", "zero", "full", "random", "urandom", "tty")]


def cases(names: Collection[str]) -> list[Any]:
    """Runners by cases: our own runner gets all, crun and runc share them, as each has most of its defence from us.

    With HOSTILE=all in the environment each gets all.
    """
    return [
        pytest.param(runner, name, id=f"{runner.name}-{name}")
        for place, runner in enumerate(AUTOMATIC)
        for number, name in enumerate(names)
        if runner.name == "namespaces" or number % 2 == place % 2 or os.environ.get("HOSTILE") == "all"
    ]


def python() -> Image:
    """This machine's Python with the attacks."""
    members: dict[str, Member] = {}
    for entry in host.files():
        path = Path("/", entry.path)
        if entry.kind == "file" and "site-packages" not in path.parts:
            members[str(path)] = File(path.read_bytes(), entry.mode)
        elif entry.kind == "symlink":
            members[str(path)] = Symlink(entry.link)
    members["/attacks.py"] = Path(attacks.__file__).read_bytes()
    members["/etc/passwd"] = b"root:x:0:0:root:/:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n"
    return image(members | {"/tmp": Directory(0o1777)}, compression="none")


@pytest.fixture(scope="module")
def space() -> Iterator[Path]:
    with workspace() as path:
        yield path


@pytest.fixture(scope="module")
def unpacked(space: Path) -> store.Unpacked:
    (space / "store").mkdir()
    return store.unpack(python(), space / "store", silent)


@pytest.fixture(scope="module", params=AUTOMATIC, ids=lambda runner: runner.name)
def prepared(request: pytest.FixtureRequest, unpacked: store.Unpacked, space: Path) -> Iterator[Prepared]:
    with request.param.prepare(unpacked, unpacked.image.config, space / request.param.name, silent) as made:
        yield made


@pytest.fixture(autouse=True)
def canary(tmp_path: Path) -> Iterator[Path]:
    """A file of the host. Whatever is run: it, the host's devices and programs stay as they are, and nothing more."""
    path = tmp_path / "canary"
    path.write_text("alive\n")
    before = state()
    yield path
    assert path.read_text() == "alive\n"
    until = time.monotonic() + 10  # the kernel takes a pid and a mount namespace down at its leisure
    while left(before) and time.monotonic() < until:
        time.sleep(0.05)
    assert left(before) == {}


def left(before: dict[str, set[object]]) -> dict[str, set[object]]:
    """What is there now and was not before; what has ended since is nobody's complaint."""
    return {name: more for name, found in state().items() if (more := found - before[name])}


def state() -> dict[str, set[object]]:
    """What a container may leave behind or change on this machine, as far as it is ours."""
    nodes = {(node, status.st_mode, status.st_uid, status.st_gid) for node in NODES for status in [node.stat()]}
    program = Path(host.PYTHON).stat()
    groups = {group for parent in cgroup.parents() for group in parent.glob(f"shave-{os.getpid()}-*")}
    return {
        "descendants": set(descendants(os.getpid())),
        "mounts": {line for line in Path("/proc/self/mounts").read_text().splitlines() if "shave" in line},
        "groups": set(groups),
        "devices": set(nodes),
        "program": {(program.st_size, program.st_mtime_ns, program.st_mode)},
        "kernel": {Path("/proc/sys/kernel", name).read_text() for name in ("core_pattern", "hostname")},
    }


def descendants(pid: int) -> set[int]:
    """All processes below one."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def attack(*names: str, canary: Path = Path("/none"), port: int = 80, **changes: object) -> Start:
    """The start of some attacks, one after the other."""
    environment = (f"CANARY={canary}", f"PORT={port}", "PATH=/bin")
    return Start((host.PYTHON, "-I", "-S", "/attacks.py", *names), environment, **changes)  # type: ignore[arg-type]


def ran(prepared: Prepared, start: Start, timeout: float = 60) -> tuple[int | None, bytes, bytes]:
    with prepared.start(start) as container:
        status = container.wait(timeout)
        return (status, *container.logs())


def until(condition: Callable[[], object]) -> None:
    limit = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


@pytest.mark.parametrize("user", ["", "user"])
def test_nothing_gets_through(prepared: Prepared, canary: Path, user: str) -> None:
    with socket.socket() as port, socket.socket(socket.AF_UNIX) as abstract:
        port.bind(("127.0.0.1", 0))
        port.listen()
        abstract.bind("\0shave-canary")
        abstract.listen()
        mounts = (Mount(canary.parent, "/mounted", read_only=True),)
        status, out, errors = ran(
            prepared, attack(*QUIET, canary=canary, port=port.getsockname()[1], user=user, mounts=mounts)
        )
    assert (status, out, errors) == (0, b"", b"")


def test_an_exec_target_gets_nothing_through(prepared: Prepared, canary: Path) -> None:
    with prepared.start(attack("sleep")) as container:
        until(lambda: b"up" in container.logs()[1])
        done = container.execute([host.PYTHON, "-I", "-S", "/attacks.py", *EXEC], 30)
        assert (done.status, done.stdout, done.stderr) == (0, b"", b"")


def test_nobody_looks_into_what_enters(prepared: Prepared) -> None:
    with prepared.start(attack("window")) as container:
        until(lambda: b"looking" in container.logs()[1])
        while container.wait(0) is None:
            container.execute([host.PYTHON, "-I", "-S", "-c", "1"], 30)
        assert container.logs()[0] == b""


def test_a_working_directory_that_is_a_descriptor(prepared: Prepared, canary: Path) -> None:
    for number in range(3, 10):
        where = {"workdir": f"/proc/self/fd/{number}", "mounts": (Mount(canary.parent, "/mounted"),)}
        with (
            pytest.raises(CannotError, match=r"/proc/self/fd/"),
            prepared.start(attack("place", canary=canary, **where)),
        ):
            pass


@pytest.mark.parametrize(("prepared", "name"), cases(BOUNDED), indirect=["prepared"])
def test_what_there_is_of_everything_is_bounded(prepared: Prepared, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(cgroup, "default_limits", lambda: SMALL)
    with prepared.start(attack(name)) as container:
        until(lambda: b"up" in container.logs()[1] or container.wait(0) is not None)
        if container.wait(0) is None:
            done = container.execute([host.PYTHON, "-I", "-S", "-c", "1"], 10)
            assert done.status in (0, 126), done
            with pytest.raises(OSError):
                container.connect("localhost", 80, 5)
            assert container.wait(0) is None
            container.signal("KILL")
        status = container.wait(30)
        out, errors = container.logs()
    assert status == (137 if name in ENDLESS else 0), errors[-2000:]
    if name == "output":
        assert len(out) == LIMIT_BYTES == len(errors)
    else:
        assert out == b""


@pytest.mark.parametrize(("prepared", "name"), cases(TRACED), indirect=["prepared"])
def test_the_tracer_lives(prepared: Prepared, tmp_path: Path, name: str) -> None:
    directory = tmp_path / "trace"
    directory.mkdir()
    with SeccompTracer().trace(directory) as trace:
        status, out, errors = ran(prepared, trace.attach(attack(name)))
        assert (status, out) == (0, b""), errors[-2000:]
        found = {access.path: access for access in trace.evidence("sha256:x").accesses}
    assert found["/attacks.py"].how[:1] == ("opened",)


def test_what_ignores_every_signal_is_killed(prepared: Prepared) -> None:
    with prepared.start(attack("sleep")) as container:
        until(lambda: b"up" in container.logs()[1])
        for name in ("TERM", "INT", "HUP"):
            container.signal(name)
        assert container.wait(0.2) is None
        for name in ("0", "-1", "65", "9" * 5000, "RTMIN+1000", "\0", "KILL\n"):
            with pytest.raises(CannotError, match="is not a signal"):
                container.signal(name)
        assert container.wait(0.2) is None
        container.signal("KILL")
        assert container.wait(30) == 137


BASE: dict[str, Member] = {
    "/bin/busybox": File(BUSYBOX.read_bytes(), 0o755),
    "/bin/sh": Symlink("busybox"),
    "/tmp": Directory(0o1777),
}
OUT = "../../../../../../../../../../tmp/shave-was-here"
PLACES: dict[str, dict[str, Member]] = {
    "links that lead out": {
        f"/{name}": Symlink(OUT) for name in ("etc/resolv.conf", "etc/hosts", "etc/mtab", "volume")
    },
    "proc leads out": {"/proc": Symlink(OUT)},
    "proc leads to dev": {"/proc": Symlink("/dev")},
    "dev leads to proc": {"/dev": Symlink("/proc/self/fd")},
    "sys leads to proc": {"/sys": Symlink("proc")},
    "proc leads to the root": {"/proc": Symlink("/")},
    "etc leads to itself": {"/etc": Symlink("etc")},
    "proc is a file": {"/proc": b""},
    # runc waits for its other end until it is killed, after a minute: crun's, of the cases that they share
    "passwd is a pipe": {"/etc/passwd": Fifo(), "/etc/group": Fifo()},
    "dev is a pipe": {"/dev": Fifo()},
    "passwd is a device": {"/etc/passwd": Symlink("/dev/zero")},
    "passwd has a user of 5000 digits": {"/etc/passwd": b"root:x:%s:%s::/:/\n" % (b"9" * 5000, b"9" * 5000)},
    "passwd has a group of 2^40": {"/etc/passwd": b"root:x:0:%d::/:/\n" % (1 << 40)},
    "hosts is a directory": {"/etc/hosts": Directory(), "/etc/hosts/file": b""},
    "the mount's place leads to a file": {"/mounted": Symlink("bin/busybox")},
}
OUTSIDE = Path("/tmp/shave-was-here")
SHELL = ("/bin/sh", "-c", "echo harm > /volume/file; echo harm > /mounted/file; echo harm > /tmp/shave-was-here; true")


@pytest.mark.parametrize(("runner", "name"), cases(PLACES))
def test_places_that_are_not_what_they_seem(runner: Runner, space: Path, canary: Path, name: str) -> None:
    made = image(BASE | PLACES[name], compression="none")
    with refused(), made_ready(runner, made, space) as ready:
        mounts = (Mount(canary.parent, "/mounted", read_only=True),)
        ran(ready, Start(SHELL, ("PATH=/bin",), volumes=("/volume",), mounts=mounts))
    assert not os.path.lexists(OUTSIDE)
    assert [path.name for path in canary.parent.iterdir()] == ["canary"]


USERS = ("9" * 5000, "4294967296", "-1", "0:0:0", ":", "root\0", "0:4294967296", "\x1b[31m", "a" * 100_000, "nobody:x")


@pytest.mark.parametrize("runner", AUTOMATIC, ids=lambda runner: runner.name)
def test_starts_that_no_kernel_takes(runner: Runner, space: Path) -> None:
    plain = Start(("/bin/sh", "-c", "true"), ("PATH=/bin",))
    changes: list[dict[str, object]] = [{"user": user} for user in USERS]
    changes += [{name: "/a\0b"} for name in ("workdir", "user")]
    changes += [{name: ("/a\0b",)} for name in ("arguments", "environment", "volumes")]
    changes += [{"workdir": "/" + "/".join(["d" * 200] * 100)}, {"workdir": "/proc/self/fd/0"}, {"workdir": "/bin/sh"}]
    with made_ready(runner, image(BASE, compression="none"), space) as ready:
        for change in changes:
            with refused():
                status, _, errors = ran(ready, replace(plain, **change))
                assert status in (0, 1, 2, 126, 127), change
                assert b"Traceback" not in errors, change


@contextmanager
def refused() -> Iterator[None]:
    """What is refused is refused in one sentence: exit 3, no bug."""
    try:
        yield
    except ShaveError as error:
        assert error.exit_code == 3
        assert len(str(error)) < 3000


@contextmanager
def made_ready(runner: Runner, made: Image, space: Path) -> Iterator[Prepared]:
    directory = Path(tempfile.mkdtemp(dir=space))
    tree = store.unpack(made, directory, silent)
    with runner.prepare(tree, made.config, directory / "tree", silent) as ready:
        yield ready
