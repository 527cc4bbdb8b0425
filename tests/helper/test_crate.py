"""Images that travel as files."""

from pathlib import Path
from tempfile import mkdtemp

import pytest
from msgspec.structs import replace

from shave.errors import BadImageError
from shave.events import silent
from shave.helper import crate
from shave.image import Image
from shave.sources.archive import Archive, write_tar
from shave.sources.members import Directory, Members
from shave.store import unpack
from shave.testing import File, image, random_image


def unpacked(made: Image, path: Path) -> Directory:
    for name, _, body in crate.members(made, "0", lambda amount: None):
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_bytes(b"".join(body))
    return Directory(path)


def spooled(made: Image, path: Path) -> Archive:
    (path / "crate.tar").write_bytes(b"".join(write_tar(crate.members(made, "0", lambda amount: None))))
    return Archive(path / "crate.tar")


@pytest.mark.parametrize("packing", [unpacked, spooled])
@pytest.mark.parametrize("seed", range(4))
def test_an_image_arrives_as_it_was(packing: object, seed: int, tmp_path: Path) -> None:
    made = random_image(seed)
    place: Members = packing(made, tmp_path)  # type: ignore[operator]
    found = crate.read(place, "0")
    assert found.reference == made.reference
    assert (found.config_bytes, found.manifest_bytes, found.packed) == (
        made.config_bytes,
        made.manifest_bytes,
        made.packed,
    )
    assert [layer.open().read() for layer in found.layers] == [layer.open().read() for layer in made.layers]
    trees = [unpack(one, Path(mkdtemp(dir=tmp_path)), silent).tree.nodes for one in (found, made)]
    assert trees[0] == trees[1]


def test_a_plain_layer_is_read_where_it_lies(tmp_path: Path) -> None:
    made = image({"/a": File(b"body")}, compression="none")
    place = unpacked(made, tmp_path)
    assert crate.read(place, "0").layers[0].plain == (tmp_path / "0/layer-0", 0)


@pytest.mark.parametrize("name", ["config.json", "layer-0", "manifest.json", "label.json"])
@pytest.mark.parametrize("data", [None, b"{}", b"[]"])
def test_what_does_not_fit_is_refused(name: str, data: bytes | None, tmp_path: Path) -> None:
    place = unpacked(image({"/a": File(b"body")}), tmp_path)
    if data is None:
        (tmp_path / "0" / name).unlink()
    else:
        (tmp_path / "0" / name).write_bytes(data)
    with pytest.raises(BadImageError):
        crate.read(place, "0")


def test_layers_that_the_config_does_not_know(tmp_path: Path) -> None:
    made = image({"/a": File(b"body")})
    twice = replace(made.manifest, layers=made.manifest.layers * 2)
    place = unpacked(replace(made, manifest=twice, layers=made.layers * 2, stored_manifest=b""), tmp_path)
    with pytest.raises(BadImageError, match="different numbers"):
        crate.read(place, "0")
