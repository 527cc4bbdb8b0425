"""The container's first process by an OCI runtime: crun or runc, in a mount and PID namespace of ours."""

import json
import os
import select
from pathlib import Path
from time import monotonic
from typing import Any

from . import kernel
from .failure import TaskError
from .job import Container
from .process import Settled, bound

_START_SECONDS = 60


def start(container: Container, settled: Settled, output: tuple[int, int]) -> tuple[int, int]:
    """Start it in ``rootfs`` of the working directory; the pids of the runtime, a child of ours, and of the container.

    The runtime's state lies in our private tmpfs and dies with it.
    """
    _seal_control_groups()
    Path("config.json").write_text(json.dumps(_complete(container, settled)))
    child = os.fork()
    if child == 0:
        for number, source in enumerate((os.open("/dev/null", os.O_RDONLY), *output)):
            os.dup2(source, number)
        bound(container["processes"])
        os.execv(container["runtime"][0], container["runtime"])
    return child, _container_pid(child)


def _seal_control_groups() -> None:
    """Ours are the limits that count: runc makes groups unless they are read-only, crun 1.8 refuses a hybrid."""
    groups = kernel.clone_mount("/sys/fs/cgroup")
    kernel.make_read_only(groups)
    kernel.attach_mount(groups, "/sys/fs/cgroup")
    os.close(groups)
    if os.path.isdir("/sys/fs/cgroup/unified"):
        kernel.mount("tmpfs", "/sys/fs/cgroup/unified", "tmpfs")


def _complete(container: Container, settled: Settled) -> dict[str, Any]:
    bundle: dict[str, Any] = json.loads(container["bundle"])
    process = container["process"]
    bundle["process"] |= {
        "user": {"uid": settled["uid"], "gid": settled["gid"], "additionalGids": settled["groups"]},
        "args": [settled["program"], *process["arguments"][1:]],
        "env": settled["environment"],
        "cwd": process["workdir"],
    }
    return bundle


def _container_pid(runtime: int) -> int:
    """The runtime writes its pid file when the container is created; where it ends before, its log says why."""
    ended, deadline = os.pidfd_open(runtime), monotonic() + _START_SECONDS
    try:
        while not (text := _read("pid")).isdecimal():
            if select.select([ended], [], [], 0.002)[0] and not _read("pid").isdecimal():
                raise TaskError("cannot", f"the runtime failed: {_read('log') or _status(ended)}")
            if monotonic() > deadline:
                raise TaskError("cannot", f"the runtime has started nothing in {_START_SECONDS} s")
    finally:
        os.close(ended)
    return int(text)


def _status(ended: int) -> str:
    """How a process ended, which stays to be waited for."""
    found = os.waitid(os.P_PIDFD, ended, os.WEXITED | os.WNOWAIT)
    what = "exit status" if found and found.si_code == os.CLD_EXITED else "signal"
    return f"it said nothing, {what} {found.si_status if found else 0}"


def _read(name: str) -> str:
    try:
        return Path(name).read_text().strip()
    except FileNotFoundError:
        return ""
