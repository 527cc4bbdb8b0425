"""Containers that podman and containerd start are traced through the socket that the profile names."""

import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cli import Shave, layout, shell_layers
from containerds import containerd_running
from shave.evidence import EvidenceFile
from shave.evidence_files import load

pytestmark = [pytest.mark.root, pytest.mark.oracle]

COMMAND = ("/bin/cat", "/app/index.html", "/etc/passwd")
Attached = Callable[[Callable[[Path], None]], tuple[EvidenceFile, str]]


@pytest.fixture
def place() -> Iterator[Path]:
    """For sockets and podman's run root, whose paths must be short."""
    with TemporaryDirectory(prefix="at-", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture
def attached(place: Path, shave: Shave) -> Attached:
    """Run something while shave is attached: the evidence, and what shave said."""
    reference = layout(place / "layout", *shell_layers(), Cmd=list(COMMAND))

    def run(start: Callable[[Path], None]) -> tuple[EvidenceFile, str]:
        options = ["--attach", place / "trace.sock", "--evidence", place / "run.evidence"]
        with subprocess.Popen(
            [sys.executable, "-m", "shave", "trace", reference, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            assert process.stdout
            appeared(place / "trace.json")
            start(place / "trace.json")
            process.send_signal(signal.SIGTERM)
            said = process.stdout.read().decode()
        assert process.returncode == 0, said
        assert not list(place.glob("trace.*"))
        return load([place / "run.evidence"]), said

    return run


def appeared(path: Path) -> None:
    for _ in range(300):
        if path.exists():
            return
        time.sleep(0.1)
    raise AssertionError(f"{path} did not appear")


def used(file: EvidenceFile) -> dict[str, tuple[str, ...]]:
    return {use.path: use.how for use in file.uses if use.path.startswith(("/app/", "/bin/", "/etc/"))}


def test_podman_with_crun(attached: Attached, place: Path) -> None:
    """A hybrid cgroup host hides its cgroups from crun; rlimits may not be raised here (tracing notes in docs)."""
    storage = f"--root={place}/root --runroot={place}/run --storage-driver=vfs --cgroup-manager=cgroupfs".split()
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    limits = [f"--ulimit=nofile={files}:{files}", "--ulimit=nproc=4096:4096"]

    def start(profile: Path) -> None:
        podman(["podman", *storage, "pull", "-q", f"oci:{place}/layout:test"])
        name = podman(["podman", *storage, "images", "-q"]).split()[0]
        security = [f"--security-opt=seccomp={profile}", "--cgroups=disabled", "--network=host", "--runtime=crun"]
        said = podman(["podman", *storage, "run", "--rm", *limits, *security, name])
        assert "<p>home</p>" in said

    file, said = attached(start)
    assert used(file).items() >= {"/app/index.html": ("opened",), "/etc/passwd": ("opened",)}.items()
    assert "(1 containers ended)" in said


def podman(command: Sequence[str]) -> str:
    hidden = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /sys/fs/cgroup; exec "$@"', "sh", *command]
    return subprocess.check_output(hidden, text=True)


def test_containerd(attached: Attached, place: Path) -> None:
    (place / "rootfs/bin").mkdir(parents=True)
    (place / "rootfs/etc").mkdir()
    (place / "rootfs/etc/passwd").write_text("root:x:0:0::/:/bin/sh\n")
    subprocess.run(["cp", "/bin/busybox", place / "rootfs/bin/cat"], check=True)
    with containerd_running() as address:

        def start(profile: Path) -> None:
            rootfs = ["--rootfs", place / "rootfs"]
            seccomp = ["--seccomp", "--seccomp-profile", profile]
            command = ["ctr", "-a", address, "run", "--rm", *seccomp, *rootfs, "attached", "/bin/cat", "/etc/passwd"]
            subprocess.run(command, check=True, capture_output=True)

        file, _ = attached(start)
    assert used(file)["/etc/passwd"] == ("opened",)


def test_nobody_comes(attached: Attached) -> None:
    with pytest.raises(AssertionError, match="no container came to"):
        attached(lambda profile: None)


def test_a_living_listener_is_not_replaced(place: Path, shave: Shave) -> None:
    reference = layout(place / "layout", *shell_layers(), Cmd=["/bin/true"])
    options = ("--evidence", str(place / "e"), "--attach")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place / "one"))
        server.listen()
        done = shave("trace", reference, *options, str(place / "one"))
        assert (done.code, "another process listens" in done.err) == (3, True)
    (place / "two").write_text("")
    assert shave("trace", reference, *options, str(place / "two")).code == 2
    assert shave("trace", reference, "--attach", str(place / "three")).code == 2
    assert shave("trace", reference, *options, str(place / "three"), "--", "sh").code == 2
    done = shave("trace", reference, *options, str(place / "missing/three"))
    assert (done.code, "cannot be listened on" in done.err) == (3, True)
