"""The engine runner: what differs from the others, and what an engine must not keep."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shave import store
from shave.containers import TEMPORARY, connected, supports_listener
from shave.errors import BadImageError, CannotError, UsageError
from shave.events import silent
from shave.oci import Config
from shave.runners import choose
from shave.runners.docker import Docker
from shave.runners.protocol import Mount, Prepared, Start

pytestmark = [pytest.mark.engine, pytest.mark.root]


@pytest.fixture(scope="module")
def made(unpacked: store.Unpacked, space: Path) -> Iterator[Prepared]:
    runner = Docker()
    assert runner.refusal(unpacked.image.config) is None
    with runner.prepare(unpacked, unpacked.image.config, space, silent) as prepared:
        yield prepared


def shell(text: str, **changes: object) -> Start:
    return Start(("sh", "-c", text), ("PATH=/sbin:/bin",), **changes)  # type: ignore[arg-type]


def ran(prepared: Prepared, what: Start) -> tuple[int | None, str, str]:
    with prepared.start(what) as container:
        status = container.wait(60)
        out, errors = container.logs()
    return status, out.decode(), errors.decode()


def listed(*arguments: str) -> str:
    return subprocess.check_output(["docker", *arguments], text=True)


def volumes_of(name: str) -> list[str]:
    """The volumes of the one container whose image is called so; other tests make and drop theirs meanwhile."""
    running = [line.split() for line in listed("ps", "--no-trunc", "--format", "{{.ID}} {{.Image}}").splitlines()]
    identity = next(identity for identity, image in running if name in image)
    return listed("inspect", "--format", "{{range .Mounts}}{{.Name}} {{end}}", identity).split()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_runs_as_docker_does(made: Prepared) -> None:
    assert ran(made, shell("echo out; echo err >&2; exit 3")) == (3, "out\n", "err\n")
    assert ran(made, shell("id -u; pwd; hostname", user="app", workdir="/data"))[1] == "1000\n/data\nshave\n"


@pytest.mark.parametrize(
    ("program", "status", "sentence"),
    [
        ("nonesuch", 127, "executable file not found"),
        ("/bin/nonesuch", 127, "no such file"),
        ("/bin/plain", 126, "permission"),
    ],
)
def test_a_program_that_cannot_be_run(made: Prepared, program: str, status: int, sentence: str) -> None:
    found, out, errors = ran(made, Start((program,), ("PATH=/bin",)))
    assert (found, out) == (status, "")
    assert errors.startswith(f'exec: "{program}": ') and sentence in errors


def test_an_unknown_user(made: Prepared) -> None:
    with pytest.raises(BadImageError, match="unable to find user nobody-here"):
        ran(made, shell("true", user="nobody-here"))


def test_volumes_and_mounts(made: Prepared, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("host\n")
    mounts = (Mount(tmp_path, "/mnt"), Mount(tmp_path / "file", "/etc/one", True))
    line = "cat /etc/one /data/kept; echo back > /mnt/back; echo x > /etc/one; touch /data/new /fresh/new; ls /data"
    for _ in range(2):
        status, out, errors = ran(made, shell(line, volumes=("/data", "/fresh"), mounts=mounts))
        assert (status, out.split()) == (0, ["host", "kept", "capable", "kept", "new", "twin"])
        assert "Read-only" in errors
    assert (tmp_path / "back").read_text() == "back\n"


def test_volumes_go_with_their_container(made: Prepared) -> None:
    with made.start(shell("sleep 60", volumes=("/data", "/fresh"))):
        volumes = volumes_of(made.name)  # type: ignore[attr-defined]
        assert len(volumes) == 2 and set(volumes) <= set(listed("volume", "ls", "-q").split())
    assert not set(volumes) & set(listed("volume", "ls", "-q").split())


def test_asked_while_it_runs(made: Prepared, tmp_path: Path) -> None:
    script = tmp_path / "probe"
    script.write_text('#!/bin/sh\necho "$ASKED"; wc -l < /proc/net/dev; exit 9\n')
    script.chmod(0o755)
    with made.start(
        shell("trap 'exit 5' USR1; httpd -p 127.0.0.1:80 -h /etc; while :; do sleep 0.1; done")
    ) as container:
        until(lambda: container.listening() == (80,))
        assert container.wait(0) is None
        with container.connect("127.0.0.1", 80, 10) as connection:
            connection.sendall(b"GET /group HTTP/1.0\r\n\r\n")
            assert b"extra:x:2000" in b"".join(iter(lambda: connection.recv(4096), b""))
        with pytest.raises(ConnectionRefusedError):
            container.connect("127.0.0.1", 81, 10)
        done = container.script([str(script)], {"ASKED": "yes"}, 30)
        assert (done.status, done.stdout) == (9, b"yes\n3\n")
        done = container.execute(["sh", "-c", "echo out; echo err >&2; exit 4"], 30)
        assert (done.status, done.stdout, done.stderr) == (4, b"out\n", b"err\n")
        assert container.execute(["nonesuch"], 30).status in (126, 127)
        assert container.execute(["sleep", "1000"], 0.5).status == 124
        container.signal("SIGUSR1")
        assert container.wait(30) == 5
        container.signal("SIGTERM")
        assert container.execute(["true"], 30).status == 1
        with pytest.raises(OSError, match=r"ended|No such process"):
            container.connect("127.0.0.1", 80, 10)


def test_the_network_of_the_host(made: Prepared) -> None:
    with made.start(shell("exec httpd -f -p 127.0.0.1:0", network="host")) as container:
        until(lambda: bool(container.listening()))
        with container.connect("127.0.0.1", container.listening()[0], 10):
            pass


def test_a_trace_is_refused_by_an_old_engine(made: Prepared, tmp_path: Path) -> None:
    with connected() as engine:
        if supports_listener(engine):
            return
    with pytest.raises(CannotError, match="listener"), made.start(shell("true", listener=tmp_path / "socket")):
        pass


def test_it_is_chosen_by_name_only(unpacked: store.Unpacked) -> None:
    assert choose("docker", unpacked.image.config).name == "docker"
    assert choose("auto", unpacked.image.config).name != "docker"
    with pytest.raises(UsageError, match="no runner") as caught:
        choose("dokcer", unpacked.image.config)
    assert "docker, helper" in caught.value.hint


def test_an_engine_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    assert "failed" in (Docker().refusal(Config()) or "")


KILLED = """
import sys
from pathlib import Path
from shave import store
from shave.events import silent
from shave.runners.docker import Docker
from shave.runners.protocol import Start
from shave.testing import File, image
made = image({"/bin/busybox": File(Path("/bin/busybox").read_bytes(), 0o755)})
directory = Path(sys.argv[1])
unpacked = store.unpack(made, directory, silent)
with Docker().prepare(unpacked, made.config, directory, silent) as prepared:
    with prepared.start(Start(("/bin/busybox", "sleep", "600"), (), volumes=("/data",))) as container:
        print("started", flush=True)
        container.wait(600)
"""


def test_what_a_killed_shave_leaves_is_cleared_by_the_next(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, tmp_path], stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"started\n"
        left = f"-{process.pid}-"
        assert left in listed("ps", "--format", "{{.Image}}")
        (volume,) = volumes_of(left)
        with connected():  # another shave leaves alone what belongs to the living
            assert left in listed("ps", "--format", "{{.Image}}")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert volume in listed("volume", "ls", "-q")
    with connected():
        assert left not in listed("ps", "-a", "--format", "{{.Image}}")
        assert left not in listed("images", "--format", "{{.Tag}}", TEMPORARY)
    assert volume not in listed("volume", "ls", "-q")
