"""Workspaces come, go, and clear what the dead left."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shave import cgroup
from shave.errors import CannotError
from shave.workspace import clear, short_workspace, workspace

HOLD = """
import sys
from pathlib import Path
from shave.events import silent
from shave.runners import RUNNERS
from shave.runners.protocol import Start
from shave.store import unpack
from shave.testing import File, Symlink, image
from shave.workspace import workspace
made = image({"/bin/busybox": File(Path("/bin/busybox").read_bytes(), 0o755), "/bin/sh": Symlink("busybox")})
runner, = [runner for runner in RUNNERS if runner.name == sys.argv[1]]
with workspace() as space:
    (space / "store").mkdir()
    with runner.prepare(unpack(made, space / "store", silent), made.config, space / "p", silent) as prepared:
        what = Start(("/bin/sh", "-c", "trap '' TERM; while :; do /bin/busybox sleep 7654; done"), ())
        with prepared.start(what) as container:
            print(space, flush=True)
            container.wait(600)
"""


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "shave" / "work"


def test_private_and_gone(base: Path) -> None:
    with workspace() as first, workspace() as second:
        assert first.parent == second.parent == base
        assert first != second
        assert stat.S_IMODE(first.stat().st_mode) == stat.S_IMODE(base.stat().st_mode) == 0o700
        (first / "file").touch()
    assert not list(base.iterdir())


def test_clears_the_dead_and_spares_the_living(base: Path) -> None:
    with workspace() as living:
        dead = base / "work-dead"
        (dead / "deep").mkdir(parents=True)
        (dead / "deep" / "file").write_text("left")
        (dead / "deep").chmod(0)
        with workspace():
            assert not dead.exists()
            assert living.exists()


def test_clearing_alone_makes_nothing(base: Path) -> None:
    clear()
    assert not base.exists()
    (base / "work-dead").mkdir(parents=True)
    with workspace() as living:
        (base / "work-dead").mkdir()
        clear()
        assert list(base.iterdir()) == [living]


def test_a_link_is_not_followed(base: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with workspace():
        (base / "work-link").symlink_to(tmp_path / "mine")
        with workspace():
            assert (tmp_path / "mine").exists()
        (base / "work-link").unlink()


def test_falls_back_to_the_temporary_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with workspace() as space:
        assert space.parent == tmp_path / f"shave-{os.geteuid()}"
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    with pytest.raises(CannotError, match="no directory to work in"), workspace():
        pass


def test_a_socket_has_room_in_a_short_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    with short_workspace() as space:
        assert len(os.fsencode(space / "seccomp.sock")) <= 107
    assert not space.exists()


def test_somebody_elses_directory_is_left_alone(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "theirs" / "work-precious").mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / f"shave-{os.geteuid()}").symlink_to(tmp_path / "theirs")
    with workspace() as space:
        assert space.parent == base
    assert (tmp_path / "theirs" / "work-precious").exists()


def test_a_user_without_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)  # what it does for a user without a passwd entry
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with workspace() as space:
        assert space.parent == tmp_path / f"shave-{os.geteuid()}"


@pytest.mark.parametrize("runner", ["crun", "runc", "namespaces"])
def test_nothing_is_left_of_a_killed_shave(runner: str, base: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", HOLD, runner], stdout=subprocess.PIPE, env=environment) as shave:
        assert shave.stdout
        space = Path(shave.stdout.readline().decode().strip())
        running = _below(shave.pid)
        assert len(running) >= 5
        shave.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while alive := [pid for pid in running if Path("/proc", str(pid)).exists()]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.01)
    assert str(space) not in Path("/proc/self/mounts").read_text()
    assert space.exists()
    with workspace():
        assert not space.exists()
    assert not _groups_of(shave.pid)


def _groups_of(pid: int) -> list[Path]:
    return [path for parent in cgroup.parents() for path in parent.glob(f"shave-{pid}-*")]


def _below(pid: int) -> set[int]:
    """The processes below one."""
    found, tried = set(), [pid]
    while tried:
        one = tried.pop()
        children = Path(f"/proc/{one}/task/{one}/children").read_text().split()
        found |= set(map(int, children))
        tried += map(int, children)
    return found
