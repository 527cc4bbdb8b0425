"""Maps of sparse files."""

import pytest

from shave import sparse
from shave.errors import BadImageError


def test_checked() -> None:
    assert sparse.checked([0, 5, 10, 0, 20, 5], 25, 10) == ((0, 5), (10, 0), (20, 5))


@pytest.mark.parametrize(
    ("numbers", "size", "stored"),
    [([0], 5, 0), ([0, 5, 4, 1], 10, 6), ([0, 5], 4, 5), ([0, -1], 4, -1), ([0, 5], 10, 4), ([5, 5, 0, 5], 10, 10)],
)
def test_impossible_maps(numbers: list[int], size: int, stored: int) -> None:
    with pytest.raises(BadImageError, match="sparse map"):
        sparse.checked(numbers, size, stored)


def test_lists() -> None:
    assert sparse.parse_list(b"", b",") == []
    assert sparse.parse_list(b"1,2,3", b",") == [1, 2, 3]
    with pytest.raises(BadImageError, match="list of numbers"):
        sparse.parse_list(b"1,,3", b",")


def test_serialise_fills_blocks() -> None:
    assert sparse.serialise(((0, 5), (10, 0))).rstrip(b"\0") == b"2\n0\n5\n10\n0\n"
    assert len(sparse.serialise(((1 << 40, 1 << 40),) * 60)) % 512 == 0
