"""Runners that hand the container's first process to an OCI runtime: crun, runc."""

import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from shave import seccomp
from shave.events import Sink
from shave.oci import Config
from shave.runners.defaults import HOSTNAME, MASKED, READ_ONLY
from shave.runners.prepared import Prepared, Runtime, prepare
from shave.runners.protocol import Start
from shave.runners.support import capabilities, machine, machine_refusal
from shave.store import Unpacked

_QUIET = ["nosuid", "noexec", "nodev"]
_TERMINALS = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]


class OciRuntime:
    """A runtime by its command's name and the options it needs before ``run``; see ``shave.inside.runtime``."""

    def __init__(self, name: str, options: tuple[str, ...]) -> None:
        self.name = name
        self._options = options

    def refusal(self, config: Config) -> str | None:
        """The command must be there, and the image be for a machine that this one can be."""
        if not shutil.which(self.name):
            return f"{self.name} is not installed"
        return machine_refusal(config)

    def prepare(
        self, unpacked: Unpacked, config: Config, directory: Path, sink: Sink
    ) -> AbstractContextManager[Prepared]:
        """Unpack the image."""
        path = shutil.which(self.name) or self.name
        run = ("run", "--bundle", ".", "--pid-file", "pid", HOSTNAME)
        command = (path, *self._options, "--root", "state", "--log", "log", *run)
        return prepare(unpacked, directory, sink, Runtime(command, bundle))


def bundle(start: Start) -> dict[str, Any]:
    """The runtime configuration (config.md of the runtime specification 1.0.2), without what only the image knows.

    The network namespace is ours already, and so is the user namespace; volumes and binds are mounted in the root.
    """
    kept = list(capabilities())
    return {
        "ociVersion": "1.0.2",
        "root": {"path": "rootfs"},
        "hostname": HOSTNAME,
        "process": {
            "terminal": False,
            "noNewPrivileges": False,
            "capabilities": dict.fromkeys(("bounding", "effective", "permitted"), kept),
        },
        "mounts": _mounts(start.network),
        "linux": {
            "namespaces": [{"type": name} for name in ("pid", "mount", "ipc", "uts")],
            "maskedPaths": list(MASKED),
            "readonlyPaths": list(READ_ONLY),
            "seccomp": seccomp.oci_profile(start.listener, machine()),
        },
    }


def _mounts(network: str) -> list[dict[str, Any]]:
    own = _mount("sysfs", "/sys", [*_QUIET, "ro"])
    hosts = {"type": "none", "source": "/sys", "destination": "/sys", "options": [*_QUIET, "rbind", "ro"]}
    return [
        _mount("proc", "/proc", _QUIET),
        _mount("tmpfs", "/dev", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        _mount("devpts", "/dev/pts", _TERMINALS),
        _mount("tmpfs", "/dev/shm", [*_QUIET, "mode=1777", "size=65536k"]),
        _mount("mqueue", "/dev/mqueue", _QUIET),
        own if network == "none" else hosts,
    ]


def _mount(kind: str, target: str, options: list[str]) -> dict[str, Any]:
    return {"type": kind, "source": kind, "destination": target, "options": options}
