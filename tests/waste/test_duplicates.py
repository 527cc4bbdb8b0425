from random import Random

import pytest

from detected import detected, paths
from shave.testing import Hardlink
from shave.waste.duplicates import find

DATA = Random(0).randbytes(50_000)


def test_all_copies_but_the_lowest() -> None:
    (found,) = detected(find, {"z": DATA}, {"a": DATA, "m": DATA, "other": DATA[:40_000]})
    assert (paths(found), found.layers) == ({"a", "m"}, (1,))
    assert found.packed_bytes == pytest.approx(100_000, rel=0.02)
    assert found.detail == "2 copies, such as /z at /a and 1 more"


def test_hard_links_are_one_file() -> None:
    assert detected(find, {"a": DATA, "b": Hardlink("a")}) == []
    (found,) = detected(find, {"a": DATA, "b": Hardlink("a"), "c": DATA, "d": Hardlink("c")})
    assert paths(found) == {"c"}


def test_small_files_and_what_is_not_seen() -> None:
    assert detected(find, {"a": b"1" * 4095, "b": b"1" * 4095}) == []
    assert detected(find, {"a": DATA}, {"a": DATA}) == []
