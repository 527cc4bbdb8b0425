"""A running engine: write, read, and the tag that moves last; Docker, and podman by its compatible API."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from shave.engine import connect
from shave.errors import BadImageError, CannotError, UsageError
from shave.events import Event, StageStarted
from shave.image import Image
from shave.reference import Reference, parse
from shave.sources import locate, open_image, write_image

MakeImage = Callable[..., Image]
NAME = parse("docker-daemon:shave-test/daemon:1")


@pytest.fixture
def engine() -> Iterator[None]:
    yield
    for tag in ("1", "latest"):
        subprocess.run(["docker", "rmi", f"shave-test/daemon:{tag}"], capture_output=True, check=False)


@pytest.fixture
def podman(tmp_path: Path, podman_storage: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Podman's service with a storage of its own."""
    socket = tmp_path / "podman.sock"
    service = ["podman", *podman_storage, "system", "service", "--time", "0", f"unix://{socket}"]
    with subprocess.Popen(service, stderr=subprocess.DEVNULL) as process:
        for _ in range(300):
            if socket.exists():
                break
            time.sleep(0.1)
        monkeypatch.delenv("DOCKER_HOST", raising=False)
        monkeypatch.setenv("CONTAINER_HOST", f"unix://{socket}")
        yield
        process.terminate()


def round_trip(image: Image, name: Reference) -> None:
    heard: list[Event] = []
    write_image(image, name, heard.append)
    with open_image(name, None, heard.append) as found:
        assert (found.config_bytes, found.packed) == (image.config_bytes, False)
        for layer in found.layers:
            assert layer.plain is not None
            path, start = layer.plain
            assert path.read_bytes()[start:].startswith(layer.open().read())
    assert not path.exists()
    assert [event.stage for event in heard if isinstance(event, StageStarted)] == ["load", "export"]


@pytest.mark.engine
@pytest.mark.usefixtures("engine")
def test_docker(make_image: MakeImage) -> None:
    image = make_image(name="docker")
    round_trip(image, NAME)
    write_image(image, replace(NAME, tag=""))
    for text in (
        "shave-test/daemon:1",
        "shave-test/daemon",
        f"docker-daemon:{image.config_digest}",
        image.config_digest,
    ):
        with open_image(locate(text)) as found:
            assert found.config_digest == image.config_digest


@pytest.mark.oracle
@pytest.mark.root
@pytest.mark.usefixtures("podman")
def test_podman(make_image: MakeImage) -> None:
    round_trip(make_image(name="podman"), NAME)


@pytest.mark.engine
@pytest.mark.usefixtures("engine")
def test_the_tag_stays_where_a_write_fails(make_image: MakeImage) -> None:
    good, other = make_image(name="good"), make_image({"a": b"lying"})
    write_image(good, NAME)
    lying = replace(other.layers[0], diff_id=good.layers[0].diff_id)
    with pytest.raises(BadImageError, match="the tar of layer 0 is not what its digest says"):
        write_image(replace(other, layers=(lying,)), NAME)
    with connect() as engine:
        found = engine.image("shave-test/daemon:1")
    assert found and found.id == good.config_digest


@pytest.mark.engine
def test_refusals(make_image: MakeImage) -> None:
    for text in ("docker-daemon:shave-test/none:1", "docker-daemon:sha256:" + "0" * 64):
        with pytest.raises(CannotError, match="the engine has no image"), open_image(parse(text)):
            pass
    with pytest.raises(UsageError):
        write_image(make_image(), parse("docker-daemon:sha256:" + "0" * 64))
    assert locate("shave-test/none:1") == parse("docker://shave-test/none:1")


@pytest.mark.engine
@pytest.mark.usefixtures("engine")
def test_a_slip_in_the_name_of_an_image_of_the_engine(make_image: MakeImage) -> None:
    write_image(make_image(), NAME)
    with pytest.raises(CannotError, match="is no path and no image of the engine") as caught:
        locate("shave-test/daemom:1")
    hint = "did you mean shave-test/daemon:1? the one of a registry is docker://shave-test/daemom:1"
    assert caught.value.hint == hint
    assert locate("docker://shave-test/daemom:1").transport == "docker"
    assert locate("registry.example.com/shave-test/daemom:1").transport == "docker"
