"""A containerd of our own: what ctr imported is read from its content store, byte for byte."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from containerds import containerd_running
from shave.errors import BadImageError, CannotError, UsageError
from shave.events import silent
from shave.image import Image, ImageIndex
from shave.oci import Platform
from shave.reference import parse
from shave.sources import open_image, open_images, write_image, write_images
from shave.store import index

MakeImage = Callable[..., Image]
NAME = "docker.io/library/app:1"
pytestmark = [pytest.mark.root, pytest.mark.oracle]


@pytest.fixture(scope="module")
def containerd() -> Iterator[Path]:
    with containerd_running() as socket:
        yield socket


@pytest.fixture
def ctr(containerd: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Its command."""
    monkeypatch.setenv("CONTAINERD_ADDRESS", str(containerd))

    def run(*arguments: str | Path) -> str:
        return subprocess.check_output(["ctr", "--address", containerd, *arguments], text=True)

    return run


def test_what_was_imported_is_read(make_image: MakeImage, tmp_path: Path, ctr: Callable[..., str]) -> None:
    image = make_image(name="containerd")
    write_image(image, parse(f"oci-archive:{tmp_path}/a.tar:{NAME}"))
    ctr("--namespace", "one", "images", "import", "--no-unpack", tmp_path / "a.tar")
    for text in ("containerd:one/app:1", f"containerd:one/{NAME}", "containerd:one/library/app:1"):
        with open_image(parse(text)) as found:
            assert (found.manifest_digest, found.config_bytes) == (image.manifest_digest, image.config_bytes)
            assert [layer.open().read() for layer in found.layers] == [layer.open().read() for layer in image.layers]
            assert len(index(found, silent)) == len(image.layers)


def test_what_is_not_there(make_image: MakeImage, tmp_path: Path, ctr: Callable[..., str]) -> None:
    write_image(make_image(), parse(f"oci-archive:{tmp_path}/a.tar:{NAME}"))
    ctr("--namespace", "two", "images", "import", "--no-unpack", tmp_path / "a.tar")
    with pytest.raises(CannotError, match=r"no image .*/app:2 in the namespace two") as caught:
        open_image(parse("containerd:two/app:2")).__enter__()
    assert caught.value.hint == f"it has {NAME}"
    with pytest.raises(CannotError, match="in the namespace three") as caught:
        open_image(parse("containerd:three/other")).__enter__()
    assert caught.value.hint.startswith("the namespaces are ") and "two" in caught.value.hint


def test_platforms(make_image: MakeImage, tmp_path: Path, ctr: Callable[..., str]) -> None:
    """The index of an image that was pulled for one platform names others, which are not there."""
    both = tuple(make_image({"a": name.encode()}, architecture=name) for name in ("amd64", "arm64"))
    write_images(ImageIndex("both", both), parse(f"oci-archive:{tmp_path}/a.tar:{NAME}"))
    ctr("--namespace", "some", "images", "import", "--no-unpack", "--platform", "linux/arm64", tmp_path / "a.tar")
    ctr("--namespace", "all", "images", "import", "--no-unpack", "--all-platforms", tmp_path / "a.tar")
    for namespace in ("some", "all"):
        with open_image(parse(f"containerd:{namespace}/app:1"), Platform("arm64", "linux")) as found:
            assert found.config_digest == both[1].config_digest
    with open_images(parse("containerd:all/app:1")) as images:
        assert [image.config_digest for image in images.images] == [image.config_digest for image in both]


def test_a_layer_that_was_thrown_away(make_image: MakeImage, tmp_path: Path, ctr: Callable[..., str]) -> None:
    """As containerd does with ``discard_unpacked_layers``."""
    image = make_image({"a": b"thrown away"})
    write_image(image, parse(f"oci-archive:{tmp_path}/a.tar:{NAME}"))
    ctr("--namespace", "four", "images", "import", "--no-unpack", tmp_path / "a.tar")
    ctr("--namespace", "four", "content", "rm", image.layers[0].descriptor.digest)
    with (
        pytest.raises(CannotError, match=r"ctr failed: .*not found"),
        open_image(parse("containerd:four/app:1")) as found,
    ):
        found.layers[0].open().read()


def test_refusals(make_image: MakeImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_image(make_image(), parse("containerd:one/app:1"))
    monkeypatch.setenv("CONTAINERD_ADDRESS", str(tmp_path / "socket"))
    with pytest.raises(CannotError, match="there is no containerd at") as caught:
        open_image(parse("containerd:one/app:1")).__enter__()
    assert "CONTAINERD_ADDRESS" in caught.value.hint


def test_without_ctr(containerd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTAINERD_ADDRESS", str(containerd))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CannotError, match="ctr cannot be started") as caught:
        open_image(parse("containerd:one/app:1")).__enter__()
    assert "package containerd" in caught.value.hint


def test_a_digest_that_lies(make_image: MakeImage, tmp_path: Path, ctr: Callable[..., str], containerd: Path) -> None:
    image = make_image({"a": b"to be damaged"})
    write_image(image, parse(f"oci-archive:{tmp_path}/a.tar:{NAME}"))
    ctr("--namespace", "five", "images", "import", "--no-unpack", tmp_path / "a.tar")
    blob = containerd.parent / "root/io.containerd.content.v1.content/blobs/sha256" / image.config_digest[7:]
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes().replace(b"linux", b"linuX"))
    with pytest.raises(BadImageError, match="config is not what its digest says"):
        open_image(parse("containerd:five/app:1")).__enter__()
