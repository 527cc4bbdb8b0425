"""One file of an image: what it is, and how little is read for it."""

import subprocess
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest
from msgspec.structs import replace

from shave.errors import BadImageError, CannotError
from shave.image import Image, Layer
from shave.oci import digest_of
from shave.testing import Hardlink, Opaque, Symlink, Whiteout, image
from shave.verbs.cat import contents, find

BIG = bytes(range(256)) * 2000


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def cat(of: Image, path: str) -> bytes:
    return b"".join(contents(of, find(of, path)))


def refusing(of: Image, number: int) -> Image:
    """The image with a layer that nobody may read."""

    def refuse() -> BinaryIO:
        raise AssertionError("it was read")

    layers = list(of.layers)
    layers[number] = replace(layers[number], open=refuse)
    return replace(of, layers=tuple(layers))


def test_through_links_and_layers() -> None:
    made = image(
        {"/etc/a": b"old", "/data/big": BIG, "/etc/gone": b"1", "/usr/lib/x": b"lib", "/lib": Symlink("usr/lib")},
        {"/etc/a": b"new", "/etc/b": Symlink("../data/big"), "/etc/gone": Whiteout(), "/data/twin": b"t"},
        {"/data/again": Hardlink("/data/twin"), "/data/twin": b"t"},
    )
    assert cat(made, "/etc/a") == b"new"
    assert cat(made, "etc/b") == BIG
    assert cat(made, "/lib/x") == b"lib"
    for path, sentence in {"/etc/gone": "is not in", "/etc": "no file but a directory", "/none/x": "is not in"}.items():
        with pytest.raises(CannotError, match=sentence):
            find(made, path)


def test_hard_links_lead_to_their_body() -> None:
    made = image({"/a": b"one", "/b": Hardlink("/a")}, {"/c": Hardlink("/b")})
    assert cat(made, "/b") == cat(made, "/c") == b"one"


def test_layers_below_the_file_are_not_read() -> None:
    made = refusing(image({"/a": b"below"}, {"/b": BIG}, {"/c": b"c"}), 0)
    assert cat(made, "/b") == BIG
    with pytest.raises(AssertionError, match="it was read"):
        find(made, "/a")


def test_layers_above_the_file_are_read_once_and_its_own_up_to_its_end() -> None:
    made = image({"/a": b"first", "/big": BIG * 20}, {"/c": b"c"})
    found = find(made, "/a")
    counted: list[int] = []

    class Counting(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            counted.append(len(data))
            return data

    lowest = made.layers[0]
    data = lowest.open().read()
    readable = replace(refusing(made, 1), layers=(replace(lowest, open=lambda: Counting(data)), made.layers[1]))
    assert b"".join(contents(readable, found)) == b"first"
    assert sum(counted) <= 64 << 10


def test_an_opaque_directory_hides() -> None:
    made = image({"/d/a": b"1"}, {"/d/": Opaque(), "/d/b": b"2"})
    assert cat(made, "/d/b") == b"2"
    with pytest.raises(CannotError, match="is not in the image"):
        find(made, "/d/a")


def test_a_body_that_changed_meanwhile_is_told() -> None:
    made = image({"/a": b"first"}, compression="none")
    found = find(made, "/a")
    layer: Layer = made.layers[0]
    data = layer.open().read().replace(b"first", b"other")
    with pytest.raises(BadImageError, match="not what it was"):
        b"".join(contents(replace(made, layers=(replace(layer, open=lambda: BytesIO(data)),)), found))


def test_holes_are_zeros(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.write(b"abc")
        file.seek(3 << 20)
        file.write(b"xyz")
    packed = subprocess.run(["tar", "-C", tmp_path, "--sparse", "-c", "a"], check=True, capture_output=True).stdout
    made = with_layer(packed)
    assert find(made, "/a").entry.sparse
    assert cat(made, "/a") == (tmp_path / "a").read_bytes()


def with_layer(data: bytes) -> Image:
    """An image whose only layer is this plain tar."""
    made = image({}, compression="none")
    diff_id = digest_of(data)
    layer = Layer(replace(made.layers[0].descriptor, digest=diff_id, size=len(data)), diff_id, lambda: BytesIO(data))
    config = replace(made.config, rootfs=replace(made.config.rootfs, diff_ids=(diff_id,)))
    return replace(made, layers=(layer,), config=config)
