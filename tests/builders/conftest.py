"""Each builder that can be had here, with a base image for RUN: busybox alone."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

import pytest
from msgspec import Struct

import newer_builders
from shave.builders import choose
from shave.builders.protocol import Builder, Order

# name, where it works
PLACES = {
    "docker-classic": "machine",
    "docker-buildx": "machine",
    "docker-buildx-26": "engine",
    "podman": "storage",
    "buildah": "storage",
}
# what needs this machine's engine, and what needs to be root
MEMBERS = [
    pytest.param(name, marks=pytest.mark.engine if place == "machine" else [pytest.mark.root, pytest.mark.oracle])
    for name, place in PLACES.items()
]


class Bench(Struct, frozen=True):
    """A builder, its base image, and a directory that is the context of every build."""

    builder: Builder
    base: str
    context: Path
    log: Path

    def order(self, dockerfile: str, **more: object) -> Order:
        text = dockerfile.replace("BASE", self.base)
        tag = f"{self.base}-built"
        return Order(text, self.context, tag, self.log, network="host", **more)  # type: ignore[arg-type]

    def run(self, *words: str) -> str:
        """What the engine's own command says."""
        command = "docker" if self.builder.name.startswith("docker") else "podman"
        return subprocess.check_output([command, *words], text=True, stderr=subprocess.DEVNULL).strip()


@pytest.fixture(scope="module")
def built_bases() -> Iterator["_Bases"]:
    """The base image of each member that was asked for, made once."""
    with ExitStack() as stack, TemporaryDirectory() as place:
        yield _Bases(stack, Path(place))


class _Bases(dict[str, tuple[Mapping[str, str], str]]):
    """By the name of the member: its environment, and the name of its base image."""

    def __init__(self, stack: ExitStack, directory: Path) -> None:
        self.stack, self.directory = stack, directory
        self.environments: dict[str, Mapping[str, str]] = {"machine": newer_builders.BUILDX}
        busybox = shutil.which("busybox")
        assert busybox
        shutil.copy(busybox, directory / "busybox")

    def __missing__(self, member: str) -> tuple[Mapping[str, str], str]:
        place = PLACES[member]
        if place not in self.environments:
            starting = {"engine": newer_builders.engine, "storage": newer_builders.storage}[place]
            self.environments[place] = self.stack.enter_context(starting())
        environment, base = self.environments[place], f"shave-test/{token_hex(4)}:1"
        with in_environment(environment):
            # an image that nobody else's tests make at the same time, and remove
            text = f"FROM scratch\nENV MADE_FOR={base}\nCOPY busybox /bin/sh\nCOPY busybox /bin/\n"
            order = Order(text, self.directory, base, self.directory / "log", network="host")
            assert choose(member.removesuffix("-26")).build(order).message == ""
        self.stack.callback(_remove, member, base, environment)
        self[member] = environment, base
        return environment, base


@contextmanager
def in_environment(environment: Mapping[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield


def _remove(member: str, base: str, environment: Mapping[str, str]) -> None:
    command = "docker" if member.startswith("docker") else "podman"
    for image in (f"{base}-built", base):
        subprocess.run([command, "rmi", image], capture_output=True, check=False, env={**os.environ, **environment})


@pytest.fixture
def bench(request: pytest.FixtureRequest, built_bases: _Bases, tmp_path: Path) -> Iterator[Bench]:
    """``request.param`` is the name of a member."""
    environment, base = built_bases[request.param]
    context = tmp_path / "context"
    context.mkdir()
    (context / "a").write_text("a\n")
    with in_environment(environment):
        yield Bench(choose(request.param.removesuffix("-26")), base, context, tmp_path / "log")
