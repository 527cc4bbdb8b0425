import pytest
from syrupy.assertion import SnapshotAssertion

from shave.views import markdown
from summaries import OUTCOMES


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_slim(outcome: str, snapshot: SnapshotAssertion) -> None:
    assert markdown.slim(OUTCOMES[outcome]) == snapshot


def test_pipes_in_cells_are_escaped() -> None:
    assert list(markdown.table(("a",), [("x|y\nz",)]))[2] == "| x\\|y z |"


@pytest.mark.parametrize(
    ("text", "shown"), [("", ""), ("a", "`a`"), ("a`b", "``a`b``"), ("``", "``` `` ```"), ("`a`", "`` `a` ``")]
)
def test_code_holds_any_text(text: str, shown: str) -> None:
    assert markdown.code(text) == shown
