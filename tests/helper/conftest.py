"""A small service, as an image: a web server of busybox with files that nobody asks for."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from shave.config import Settings
from shave.image import Image
from shave.probe import Http, Probe
from shave.testing import Directory, File, Symlink, image

Helpers = Callable[..., set[str]]
BUSYBOX = Path("/bin/busybox").read_bytes()


@pytest.fixture
def service() -> Callable[..., Image]:
    """The image, with changes to its config."""

    def make(**config: object) -> Image:
        base = {
            "/bin/busybox": File(BUSYBOX, 0o755),
            "/bin/httpd": Symlink("busybox"),
            "/bin/sh": Symlink("busybox"),
            "/etc/passwd": b"root:x:0:0:root:/:/bin/sh\nweb:x:33:33:web:/www:/bin/sh\n",
            "/unused": bytes(range(256)) * 64,
        }
        page = File(b"hello\n", 0o640, 33, 33)
        site = {"/www": Directory(0o750, 33, 33), "/www/index.html": page, "/www/extra": b"extra\n"}
        command = {"Cmd": ["httpd", "-f", "-p", "8080", "-h", "/www"], "ExposedPorts": {"8080/tcp": {}}}
        command["StopSignal"] = "SIGKILL"  # as process 1 it heeds no other
        return image(base, site, config={"Env": ["PATH=/bin"], **command, **config})

    return make


@pytest.fixture
def settings() -> Settings:
    """One question."""
    return Settings(probes=(Probe("home", http=Http("http://localhost:8080/")),))


@pytest.fixture
def helpers() -> Helpers:
    """The helper's containers that the engine has now for a process, by default this one: others may be at work too."""

    def listed(pid: int = os.getpid()) -> set[str]:
        command = ["docker", "ps", "-a", "--format", '{{.ID}} {{.Image}} {{.Label "shave.owner"}}']
        lines = [line.split() for line in subprocess.check_output(command, text=True).splitlines()]
        helping = [line for line in lines if line[1].startswith("shave-helper:") and len(line) == 3]
        return {identity for identity, _, owner in helping if owner.split("-")[3] == str(pid)}

    return listed
