"""OCI archives: round trips, determinism, skopeo both ways."""

import gzip
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from shave.errors import BadImageError, CannotError, UsageError
from shave.image import Image
from shave.reference import Reference
from shave.sources import open_image, write_image

MakeImage = Callable[..., Image]


def at(path: Path, tag: str = "") -> Reference:
    return Reference("oci-archive", str(path), tag)


@pytest.mark.parametrize("packed", [True, False])
def test_round_trip_in_place(make_image: MakeImage, tmp_path: Path, packed: bool) -> None:
    image, path = make_image(packed=packed), tmp_path / "a.tar"
    write_image(image, at(path, "1"))
    with open_image(at(path, "1")) as found:
        assert found.manifest_bytes == image.manifest_bytes
        assert [layer.open().read() for layer in found.layers] == [layer.open().read() for layer in image.layers]
        for layer in found.layers:
            if not packed:
                assert layer.plain and layer.plain[0] == path
                assert path.read_bytes()[layer.plain[1] :].startswith(layer.open().read())


def test_the_same_image_gives_the_same_bytes(make_image: MakeImage, tmp_path: Path) -> None:
    for name in ("a.tar", "b.tar"):
        write_image(make_image(), at(tmp_path / name, "1"))
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()


def test_equal_layers_are_written_once(make_image: MakeImage, tmp_path: Path) -> None:
    write_image(make_image({"a": b"x"}, {"a": b"x"}, packed=False), at(tmp_path / "a.tar"))
    assert (tmp_path / "a.tar").read_bytes().count(b"ustar") == 5 + 1


def test_a_compressed_archive(make_image: MakeImage, tmp_path: Path) -> None:
    image = make_image()
    write_image(image, at(tmp_path / "a.tar"))
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress((tmp_path / "a.tar").read_bytes()))
    with open_image(at(tmp_path / "a.tar.gz")) as found:
        assert found.layers[0].open().read() == image.layers[0].open().read()


def test_refusals(make_image: MakeImage, tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    write_image(make_image(), at(path, "1"))
    with pytest.raises(CannotError, match="is not there"), open_image(at(path, "2")):
        pass
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(BadImageError, match="is cut off") as caught, open_image(at(path)):
        pass
    assert caught.value.hint == "get the file anew: it is not whole"
    with pytest.raises(UsageError):
        write_image(make_image(), Reference("oci-archive", str(path), "", "sha256:" + "0" * 64))


@pytest.mark.oracle
def test_skopeo_both_ways(make_image: MakeImage, tmp_path: Path) -> None:
    image = make_image()
    write_image(image, at(tmp_path / "a.tar", "1"))
    subprocess.run(
        ["skopeo", "copy", "-q", f"oci-archive:{tmp_path}/a.tar:1", f"oci-archive:{tmp_path}/b.tar:2"], check=True
    )
    with open_image(at(tmp_path / "b.tar", "2")) as copied:
        assert [layer.descriptor.digest for layer in copied.layers] == [
            layer.descriptor.digest for layer in image.layers
        ]
