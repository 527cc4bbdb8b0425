"""Debian 13's engine, docker's plugin buildx and buildah, beside this machine's own: they know heredocs and mounts.

``bench/setup test`` fetches them. Nothing of theirs is installed: each is asked for by an environment, and has a place
of its own for images.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import corpus_images

PLACE = corpus_images.CACHE / "builders"
BUILDX = {"DOCKER_CONFIG": str(PLACE / "config")}
"""For a docker command that has no BuildKit in it."""

_CONTAINERS = """
[containers]
# a machine may allow less than the usual
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
# crun refuses hybrid control groups
runtime = "runc"
helper_binaries_dir = ["{helpers}"]
"""
_STORAGE = '[storage]\ndriver = "overlay"\ngraphroot = "{place}/root"\nrunroot = "{place}/run"\n'


@contextmanager
def engine() -> Iterator[Mapping[str, str]]:
    """A Docker engine 26 with nothing in it, gone at the end: the environment in which docker finds it."""
    with tempfile.TemporaryDirectory(prefix="d-", dir="/var/tmp") as place:
        address = f"unix://{place}/docker.sock"
        command = [f"{PLACE}/bin/dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none", "--host", address]
        places = ["--data-root", f"{place}/data", "--exec-root", f"{place}/exec", "--pidfile", f"{place}/pid"]
        with (
            Path(place, "log").open("wb") as log,
            subprocess.Popen([*command, *places], stdin=subprocess.DEVNULL, stdout=log, stderr=log) as dockerd,
        ):
            try:
                environment = {**BUILDX, "DOCKER_HOST": address}
                _wait(dockerd, environment)
                yield environment
            finally:
                dockerd.terminate()
        shutil.rmtree(f"{place}/data", ignore_errors=True)


@contextmanager
def storage() -> Iterator[Mapping[str, str]]:
    """A storage with nothing in it, gone at the end: the environment in which podman and the newer buildah use it."""
    # podman allows a run root of at most 50 characters
    with tempfile.TemporaryDirectory(prefix="p-", dir="/var/tmp") as place:
        Path(place, "containers.conf").write_text(_CONTAINERS.format(helpers=PLACE / "helpers"))
        Path(place, "storage.conf").write_text(_STORAGE.format(place=place))
        yield {
            "CONTAINERS_CONF": f"{place}/containers.conf",
            "CONTAINERS_STORAGE_CONF": f"{place}/storage.conf",
            "PATH": f"{PLACE / 'bin'}:{os.environ['PATH']}",
        }


def _wait(dockerd: "subprocess.Popen[bytes]", environment: Mapping[str, str]) -> None:
    for _ in range(300):
        answer = subprocess.run(["docker", "info"], env={**os.environ, **environment}, capture_output=True, check=False)
        if answer.returncode == 0:
            return
        if dockerd.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit("dockerd did not start")
