import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.dockerfile.edits import Edit, apply, compatible


def test_edits_are_in_offsets_of_the_text_as_it_was() -> None:
    edits = [Edit(6, 7, b"C"), Edit(0, 2), Edit(3, 3, b"x"), Edit(3, 3, b"y"), Edit(3, 4, b"B")]
    assert apply(b"0123456789", edits) == b"2xyB45C789"


@pytest.mark.parametrize(
    "edits", [[Edit(0, 3), Edit(2, 4)], [Edit(0, 3), Edit(1, 1, b"x")], [Edit(5, 99)], [Edit(3, 2)]]
)
def test_what_cannot_be_applied(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="overlaps"):
        apply(b"0123456789", edits)


def test_of_groups_that_touch_the_same_bytes_the_first_stays() -> None:
    first, second, third = (Edit(0, 3), Edit(8, 9)), (Edit(2, 5),), (Edit(3, 3, b"x"), Edit(5, 6))
    assert compatible([first, second, third]) == ((first, third), (second,))
    assert compatible([first, first]) == ((first,), (first,))


_PLACES = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(sorted)
_EDITS = st.builds(lambda place, new: Edit(*place, new), _PLACES, st.binary(max_size=2))


@given(st.lists(st.lists(_EDITS, max_size=3), max_size=6))
def test_what_is_compatible_can_be_applied(groups: list[list[Edit]]) -> None:
    kept, left = compatible(groups)
    assert sorted(map(id, [*kept, *left])) == sorted(map(id, groups))
    edits = [edit for group in kept for edit in group]
    text = bytes(20)
    grown = sum(len(edit.replacement) - (edit.end - edit.start) for edit in edits)
    assert len(apply(text, edits)) == len(text) + grown
