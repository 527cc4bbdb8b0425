"""From every transport to every other: the image keeps its identity, the digest of its config."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from containerds import containerd_running
from registries import real_registry
from shave.events import silent
from shave.image import Image
from shave.oci import Config
from shave.reference import TRANSPORTS, WRITTEN, Reference, Transport, parse
from shave.sources import open_image, write_image
from shave.store import tree_of

NAME = "shave-test/transports"
pytestmark = [pytest.mark.root, pytest.mark.engine, pytest.mark.oracle]


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_registry(tmp_path_factory.mktemp("registry")) as real:
        yield real.host


@pytest.fixture(scope="module")
def containerd() -> Iterator[Path]:
    with containerd_running() as socket:
        yield socket


@pytest.fixture
def at(
    registry: str, storage: None, containerd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Transport, str], Reference]]:
    """A reference of each transport with this tag."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CONTAINERD_ADDRESS", str(containerd))
    with ExitStack() as after:

        def reference(transport: Transport, tag: str) -> Reference:
            if transport == "docker-daemon":
                after.callback(subprocess.run, ["docker", "rmi", f"{NAME}:{tag}"], capture_output=True, check=False)
            spelled = {
                "docker": f"//{registry}/app:{tag}",
                "containerd": f"moved/{NAME}:{tag}",
                "rootfs": f"{tmp_path}/root",
                "docker-daemon": f"{NAME}:{tag}",
                "containers-storage": f"{NAME}:{tag}",
            }
            return parse(f"{transport}:{spelled.get(transport, f'{tmp_path}/{transport}-{tag}:{tag}')}")

        yield reference


def put(image: Image, reference: Reference, tmp_path: Path, containerd: Path) -> None:
    """Make the image be at ``reference``, by the tool that writes there where we do not."""
    if reference.transport in WRITTEN:
        write_image(image, reference)
    elif reference.transport == "containerd":
        name = f"docker.io/{NAME}:{reference.tag}"
        write_image(image, parse(f"oci-archive:{tmp_path}/import.tar:{name}"))
        command = ["ctr", "--address", containerd, "--namespace", "moved", "images", "import", "--no-unpack"]
        subprocess.run([*command, tmp_path / "import.tar"], check=True, capture_output=True)
    else:
        (tmp_path / "root" / "etc").mkdir(parents=True)
        (tmp_path / "root" / "etc" / "a").write_bytes(b"a" * 3000)


@pytest.mark.parametrize("origin", TRANSPORTS)
def test_the_identity_of_an_image_survives_every_move(
    make_image: Callable[..., Image],
    tmp_path: Path,
    containerd: Path,
    at: Callable[[Transport, str], Reference],
    origin: Transport,
) -> None:
    put(make_image(name=f"from {origin}"), at(origin, "origin"), tmp_path, containerd)
    seen: dict[str, tuple[str, Config, list[str]]] = {}
    with open_image(at(origin, "origin")) as image:
        seen[origin] = what_it_is(image)
        for target in WRITTEN:
            write_image(image, at(target, f"from-{origin}"))
            with open_image(at(target, f"from-{origin}")) as moved:
                seen[target] = what_it_is(moved)
    assert seen == dict.fromkeys(seen, seen[origin])


def what_it_is(image: Image) -> tuple[str, Config, list[str]]:
    return image.config_digest, image.config, sorted(tree_of(image, silent).nodes)
