"""What compressing layers comes to."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from shave.compression import Packing
from shave.errors import BadImageError
from shave.events import silent
from shave.testing import image
from shave.verbs.packed import packed_bytes
from shave.verbs.recompress import recompress

MADE = image({"/text": b"the quick brown fox " * 9000}, {"/other": b"x" * 70_000}, compression="none")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("packing", [Packing(), Packing("gzip", 9), Packing("zstd", 9)], ids=str)
def test_it_is_what_a_copy_makes(packing: Packing, tmp_path: Path) -> None:
    copied = recompress(MADE, packing, tmp_path, silent)
    assert packed_bytes(MADE, packing, silent) == tuple(layer.descriptor.size for layer in copied.layers)


def test_a_layer_is_packed_once() -> None:
    before = packed_bytes(MADE, Packing(), silent)
    gone = replace(MADE, layers=tuple(replace(layer, open=None, plain=None) for layer in MADE.layers))
    assert packed_bytes(gone, Packing(), silent) == before


def test_what_a_tar_is_not_is_not_remembered() -> None:
    lying = replace(MADE, layers=(replace(MADE.layers[0], diff_id=MADE.layers[1].diff_id),))
    for _ in range(2):
        with pytest.raises(BadImageError, match="the tar of layer 0"):
            packed_bytes(lying, Packing("gzip", 1), silent)
