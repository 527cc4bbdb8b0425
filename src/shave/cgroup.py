"""Limits on memory and processes by control groups, where this user may make them: cgroups(7), versions 1 and 2."""

import contextlib
import os
from itertools import count
from pathlib import Path

from msgspec import Struct

_PREFIX = "shave-"
_numbers = count(1)


class Limits(Struct, frozen=True):
    """What one container may use at most."""

    memory_bytes: int
    processes: int
    disk_bytes: int


def default_limits() -> Limits:
    """Three quarters of this machine's memory, half of it (at most 4 GiB) for files, 4096 processes."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Limits(memory * 3 // 4, 4096, min(memory // 2, 4 << 30))


def free_bytes() -> int:
    """Memory that can be had without swapping: MemAvailable of proc_meminfo(5)."""
    lines = [line.split() for line in _read("/proc/meminfo").splitlines()]
    return next((int(words[1]) * 1024 for words in lines if words[0] == "MemAvailable:"), 0)


def make(limits: Limits) -> tuple[Path, ...]:
    """New groups that hold to the limits; none where it is not allowed. Their name tells whose they are."""
    name = f"{_PREFIX}{os.getpid()}-{next(_numbers)}"
    for wanted in (_version_two(), _version_one()):
        made = [group for parent in wanted if (group := _make_one(parent / name, limits))]
        if made:
            return tuple(made)
    return ()


def add(groups: tuple[Path, ...], pid: int) -> None:
    """Move a process into the groups. Raises OSError if it may not go there."""
    for group in groups:
        (group / "cgroup.procs").write_text(str(pid))


def remove(groups: tuple[Path, ...]) -> None:
    """Remove groups that have no process left."""
    for group in groups:
        with contextlib.suppress(OSError):
            group.rmdir()


def clear() -> None:
    """Remove the groups of shaves that have died."""
    for parent in parents():
        groups = [path for path in parent.glob(f"{_PREFIX}*-*") if not _lives(path.name)]
        remove(tuple(groups))


def parents() -> tuple[Path, ...]:
    """The groups that ours are made in."""
    return (*_version_two(), *_version_one())


def _lives(name: str) -> bool:
    return Path("/proc", name.removeprefix(_PREFIX).partition("-")[0]).exists()


def _make_one(group: Path, limits: Limits) -> Path | None:
    try:
        group.mkdir()
    except OSError:
        return None
    wanted = {
        "memory.max": limits.memory_bytes,
        "memory.limit_in_bytes": limits.memory_bytes,
        "pids.max": limits.processes,
    }
    held = [_write(group / name, str(value)) for name, value in wanted.items() if (group / name).exists()]
    if any(held):
        return group
    remove((group,))
    return None


def _write(path: Path, text: str) -> bool:
    try:
        path.write_text(text)
    except OSError:
        return False
    return True


def _version_two() -> list[Path]:
    """Ours, or the one above: a group with processes cannot hand controllers down (the no-internal-process rule)."""
    own = _memberships().get("")
    mounts = [point for point, kind, _ in _mounts() if kind == "cgroup2"]
    if own is None or not mounts:
        return []
    here = Path(mounts[0] + own)
    found = [parent for parent in (here, here.parent) if _hands_down(parent)]
    return found[:1]


def _hands_down(group: Path) -> bool:
    with contextlib.suppress(OSError):
        return {"memory", "pids"} <= set((group / "cgroup.subtree_control").read_text().split())
    return False


def _version_one() -> list[Path]:
    memberships = _memberships()
    found = []
    for controller in ("memory", "pids"):
        for point, kind, options in _mounts():
            if kind == "cgroup" and controller in options:
                own = Path(point + memberships.get(controller, "/"))
                found.append(own if own.is_dir() else Path(point))
    return found


def _memberships() -> dict[str, str]:
    """Our group by controller; version 2 under the empty name."""
    lines = [line.split(":", 2) for line in _read("/proc/self/cgroup").splitlines()]
    return {controller: path for _, controllers, path in lines for controller in controllers.split(",")}


def _mounts() -> list[tuple[str, str, list[str]]]:
    lines = [line.split() for line in _read("/proc/self/mounts").splitlines()]
    return [(words[1], words[2], words[3].split(",")) for words in lines]


def _read(path: str) -> str:
    with contextlib.suppress(OSError):
        return Path(path).read_text()
    return ""
