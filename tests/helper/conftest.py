"""A small service, as an image: a web server of busybox with files that nobody asks for."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from shave.config import Settings
from shave.image import Image
from shave.probe import Http, Probe
from shave.testing import Directory, File, Symlink, image

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
def helpers() -> Callable[[], set[str]]:
    """The helper's containers that the engine has now."""

    def listed() -> set[str]:
        command = ["docker", "ps", "-a", "--format", "{{.ID}} {{.Image}}"]
        lines = subprocess.check_output(command, text=True).splitlines()
        return {line for line in lines if " shave-helper:" in line}

    return listed
