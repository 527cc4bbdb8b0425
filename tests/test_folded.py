"""Folded sequences are the sequences that were folded, however the blocks fall."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave import folded
from shave.columns import PATHS
from shave.folded import Folder, fold

TEXTS = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=()), max_size=9), max_size=40)


@given(TEXTS, st.integers(1, 7), st.integers(-50, 50), st.integers(-50, 50))
def test_as_the_list_is(values: list[str], block: int, first: int, last: int) -> None:
    values = [value.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape") for value in values]
    with patch.object(folded, "BLOCK_VALUES", block):
        found = fold(PATHS, values)
    assert found == values == list(found)
    assert tuple(values) == found
    assert (len(found), found[first:last]) == (len(values), values[first:last])
    assert [found[at] for at in range(-len(values), len(values))] == values * 2
    assert (first in range(-len(values), len(values))) == (at(found, first) is not None)
    assert found != [*values, "x"]


def at(found: folded.Folded[str], number: int) -> str | None:
    try:
        return found[number]
    except IndexError:
        return None


def test_heavy_values_close_a_block() -> None:
    found = fold(PATHS, ["x" * 40_000] * 6)
    assert list(found.starts) == [0, 2, 4]


def test_what_is_folded_stays_as_it_is() -> None:
    found = fold(PATHS, ["a"])
    assert fold(PATHS, found) is found


def test_whoever_holds_may_refuse() -> None:
    held: list[int] = []
    folder = Folder(PATHS, held.append)
    for number in range(1000):
        folder.add(str(number))
    assert sum(held) == sum(len(block) for block in folder.blocks)
    with pytest.raises(TypeError):
        hash(folder.folded())
