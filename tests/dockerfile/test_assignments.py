"""Assignments of shell texts: for which bytes each holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.dockerfile.assignments import Assignment, assignments

PIECES = (
    "X=1 ",
    "export ",
    "X=1",
    ";",
    " && ",
    "(",
    ")",
    "env ",
    "'",
    '"',
    "$(",
    "a ",
    "\n",
    "if ",
    "then ",
    "fi",
    "é",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("X=1 a && b", [Assignment("X", "1", 3, 5)]),
        ("X=1 Y= a; b", [Assignment("X", "1", 3, 8), Assignment("Y", "", 6, 8)]),
        ("export X=1 && a", [Assignment("X", "1", 10, 15)]),
        ("export X=1 Y=2", [Assignment("X", "1", 14, 14), Assignment("Y", "2", 14, 14)]),
        ("(export X=1; a); b", [Assignment("X", "1", 11, 15)]),
        ("X=1; a", [Assignment("X", "1", 3, 6, is_own=True)]),
        ("X=1; export X; a", [Assignment("X", "1", 3, 16)]),
        ("env X=1 a", [Assignment("X", "1", 7, 9)]),
        ("readonly X=1", [Assignment("X", "1", 12, 12, is_own=True)]),
        ("X=$Y a", [Assignment("X", "", 4, 6)]),
        ('X="a b" c', [Assignment("X", "", 7, 9)]),
        ("echo X=1", []),
    ],
)
def test_assignments(text: str, expected: list[Assignment]) -> None:
    assert list(assignments(text.encode())) == expected


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_text_has_some_in_order(text: str) -> None:
    data = text.encode()
    found = assignments(data)
    assert [each.start for each in found] == sorted(each.start for each in found)
    assert all(0 <= each.start <= each.end <= len(data) and each.name.isidentifier() for each in found)
