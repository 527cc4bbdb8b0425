import pytest
from syrupy.assertion import SnapshotAssertion

from shave.views import text
from summaries import OUTCOMES


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_slim(outcome: str, snapshot: SnapshotAssertion) -> None:
    assert text.slim(OUTCOMES[outcome]) == snapshot


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_tables_fit_a_terminal(outcome: str) -> None:
    tables = [line for line in text.slim(OUTCOMES[outcome]).splitlines() if line.startswith(("  --keep", " " * 20))]
    assert max(map(len, tables), default=0) <= 80
