import pytest
from syrupy.assertion import SnapshotAssertion

from shave.views import markdown
from summaries import OUTCOMES


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_slim(outcome: str, snapshot: SnapshotAssertion) -> None:
    assert markdown.slim(OUTCOMES[outcome]) == snapshot


def test_pipes_in_cells_are_escaped() -> None:
    assert list(markdown.table(("a",), [("x|y\nz",)]))[2] == "| x\\|y z |"
