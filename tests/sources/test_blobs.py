"""Layers on their way out are what their digests say."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from shave.errors import BadImageError
from shave.image import Image
from shave.sources import blobs

MakeImage = Callable[..., Image]


def ignore(amount: int) -> None:
    """Nobody watches."""


@pytest.mark.parametrize("packed", [True, False])
def test_stored_and_plain(make_image: MakeImage, packed: bool) -> None:
    layer = make_image({"a": b"x" * 5000}, packed=packed).layers[0]
    assert b"".join(blobs.stored(layer, 0, ignore)) == layer.open().read()
    tar = b"".join(blobs.plain(layer, 0, ignore))
    assert len(tar) == blobs.plain_size(layer) == 10240


def test_a_plain_tar_at_hand_is_used(make_image: MakeImage, tmp_path: Path) -> None:
    layer = make_image({"a": b"x" * 5000}).layers[0]
    tar = b"".join(blobs.plain(layer, 0, ignore))
    (tmp_path / "a.tar").write_bytes(tar)
    at_hand = replace(layer, open=lambda: pytest.fail("the blob was read"), plain=(tmp_path / "a.tar", 0))
    assert b"".join(blobs.plain(at_hand, 0, ignore)) == tar
    assert blobs.plain_size(at_hand) == len(tar)
    (tmp_path / "a.tar").write_bytes(tar[:-1] + b"x")
    with pytest.raises(BadImageError, match="the tar of layer 0 is not what its digest says"):
        list(blobs.plain(at_hand, 0, ignore))


def test_a_plain_tar_within_an_archive_is_not_guessed_the_end_of(make_image: MakeImage, tmp_path: Path) -> None:
    layer = make_image({"a": b"x" * 5000}).layers[0]
    tar = b"".join(blobs.plain(layer, 0, ignore))
    (tmp_path / "a.tar").write_bytes(b"before" + tar + b"after")
    inside = replace(layer, plain=(tmp_path / "a.tar", 6))
    assert b"".join(blobs.plain(inside, 0, ignore)) == tar
    assert blobs.plain_size(inside) == len(tar)


def test_lying_digests(make_image: MakeImage) -> None:
    layer = make_image().layers[0]
    lying = replace(layer, descriptor=replace(layer.descriptor, digest="sha256:" + "0" * 64))
    with pytest.raises(BadImageError, match="layer 3 is not what its digest says"):
        list(blobs.stored(lying, 3, ignore))
    with pytest.raises(BadImageError, match="the tar of layer 3 is not"):
        list(blobs.plain(replace(layer, diff_id="sha256:" + "0" * 64), 3, ignore))
