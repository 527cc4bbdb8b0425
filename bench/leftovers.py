"""What a dead process may leave behind: seen with the tools of the system and with skopeo, not with shave."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from shave import cgroup

_SOURCE, _TARGET = "--src-tls-verify=false", "--dest-tls-verify=false"


def copy(source: str, target: str) -> None:
    """Copy an image with skopeo."""
    subprocess.run(["skopeo", "copy", "-q", _SOURCE, _TARGET, source, target], check=True, capture_output=True)


def config_of(reference: str) -> str:
    """The config digest of the image at a reference, all its blobs read and verified by skopeo.

    "" if there is none, and what skopeo says of something there that is no image.
    """
    if not reference:
        return ""
    with tempfile.TemporaryDirectory() as directory:
        command = ["skopeo", "copy", "-q", _SOURCE, reference, f"dir:{directory}"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            return str(json.loads(Path(directory, "manifest.json").read_bytes())["config"]["digest"])
    name = reference.partition(":")[2].split(":")[0]
    return done.stderr if Path(name).is_file() or Path(name, "index.json").exists() else ""


def forget(reference: str) -> None:
    """Take a name of the engine away, and the image with it."""
    if reference.startswith("docker-daemon:"):
        subprocess.run(["docker", "rmi", reference.removeprefix("docker-daemon:")], capture_output=True)


def files(place: Path) -> frozenset[str]:
    """All that lies below ``place``, by relative path."""
    return frozenset(str(path.relative_to(place)) for path in place.rglob("*"))


def workspaces(place: Path) -> Iterator[str]:
    """Work directories below ``place``."""
    yield from (f"{path} is left" for path in place.rglob("work-*"))


def groups(pid: int) -> Iterator[str]:
    """Control groups that the process made."""
    yield from (f"{path} is left" for parent in cgroup.parents() for path in parent.glob(f"shave-{pid}-*"))


def engine_names(pid: int) -> Iterator[str]:
    """Containers and temporary names of images that the process made in the engine."""
    asked = (
        ["docker", "ps", "-a", "--filter", "label=shave.owner", "--format", '{{.Label "shave.owner"}}'],
        ["docker", "images", "shave-run", "--format", "{{.Tag}}"],
    )
    for command in asked:
        owners = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        yield from (f"{owner} is left in the engine" for owner in owners if f"-{pid}-" in owner)


def below(pid: int) -> set[int]:
    """The descendants of a process."""
    found: set[int] = set()
    tried = [pid]
    while tried:
        for task in Path(f"/proc/{tried.pop()}/task").glob("*/children"):
            with suppress(OSError):
                children = set(map(int, task.read_text().split())) - found
                found |= children
                tried += children
    return found


def end(pid: int) -> None:
    """kill -9."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def living(place: Path, family: Iterable[int], patience: float) -> Iterator[str]:
    """Processes of the family, or that work in ``place``, and mounts there, that are still there after a while."""
    deadline = time.monotonic() + patience
    while found := [*_alive(family), *_working(place), *_mounted(place)]:
        if time.monotonic() > deadline:
            yield from found
            return
        time.sleep(0.02)


def _alive(family: Iterable[int]) -> Iterator[str]:
    for pid in family:
        with suppress(OSError):
            status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            if status[0] != "Z":
                yield f"process {pid} lives"


def _working(place: Path) -> Iterator[str]:
    wanted = f"{place}/".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if wanted in (process / "environ").read_bytes():
                yield f"process {process.name} lives: {(process / 'cmdline').read_bytes()[:100]!r}"


def _mounted(place: Path) -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"{place}/" in (process / "mountinfo").read_text():
                yield f"process {process.name} has a mount in {place}"


def remove(place: Path) -> None:
    """Remove all that was measured there."""
    shutil.rmtree(place)
