import pytest
from syrupy.assertion import SnapshotAssertion

from shave.views import text
from shave.views.text import columns
from summaries import OUTCOMES


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_slim(outcome: str, snapshot: SnapshotAssertion) -> None:
    assert text.slim(OUTCOMES[outcome]) == snapshot


def test_columns_align() -> None:
    assert list(columns([("a", "1"), ("bbb", "22")], right=(1,))) == ["a     1", "bbb  22"]
    assert list(columns([])) == []
