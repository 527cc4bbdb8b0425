"""The estimate of packed bytes against gzip itself; the other sizes against their definitions."""

import gzip
from pathlib import Path
from random import Random

import pytest

from shave.events import silent
from shave.sizes import sizes
from shave.store import unpack
from shave.testing import Hardlink, Whiteout, image, layer_tar

WORDS = b"the quick brown fox jumps over a lazy dog and looks for another one to jump over ".split()


def text(length: int, seed: int) -> bytes:
    """Words in random order: gzip packs them to about a third."""
    return b" ".join(Random(seed).choices(WORDS, k=length // 5))[:length]


@pytest.mark.parametrize("lengths", [[1000], [3_000_000], [300_000] * 100])
def test_the_estimate_is_near_gzip(tmp_path: Path, lengths: list[int]) -> None:
    members = {f"/{number}": text(length, number) for number, length in enumerate(lengths)}
    found = sizes(unpack(image(members, compression="none"), tmp_path, silent))
    expected = len(gzip.compress(layer_tar(members), 6))
    assert found.packed_estimated
    assert 0.9 < found.packed_bytes / expected < 1.1


def test_exact_sizes(tmp_path: Path) -> None:
    made = image(
        {"/a": b"1" * 10, "/b": Hardlink("/a"), "/gone": b"2" * 100},
        {"/gone": Whiteout(), "/a": b"3" * 7},
    )
    found = sizes(unpack(made, tmp_path, silent))
    assert (found.packed_bytes, found.packed_estimated) == (sum(layer.size for layer in made.manifest.layers), False)
    assert (found.unpacked_bytes, found.content_bytes) == (117, 17)
    assert (found.layers, found.files) == (2, 2)
