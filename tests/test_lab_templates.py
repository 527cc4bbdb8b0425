"""Dockerfiles with places for values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.errors import UsageError
from shave.lab_templates import filled


def test_values() -> None:
    assert filled("FROM {{a}}:{{ b }} ${c} {d}", {"a": "x", "b": "y"}, "t") == "FROM x:y ${c} {d}"


def test_unknown() -> None:
    with pytest.raises(UsageError, match=r"t: \{\{ c \}\} has no value") as raised:
        filled("{{ c }}", {"a": "x", "b": "y"}, "t")
    assert raised.value.hint == "there are: a, b; add it under values"


@given(st.text().filter(lambda text: "{{" not in text))
def test_else_nothing_changes(text: str) -> None:
    assert filled(text, {}, "t") == text
