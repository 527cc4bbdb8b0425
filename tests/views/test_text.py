import pytest
from syrupy.assertion import SnapshotAssertion

from shave.reason import Reason
from shave.verbs.why import Answer, Step
from shave.views import text
from shave.views.text import columns
from summaries import OUTCOMES


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_slim(outcome: str, snapshot: SnapshotAssertion) -> None:
    assert text.slim(OUTCOMES[outcome]) == snapshot


def test_why(snapshot: SnapshotAssertion) -> None:
    chain = (Step("lib/a", Reason("need", "NEEDED a", "bin/b")), Step("bin/b", Reason("trace", "executed by start")))
    assert text.why(Answer("lib/a", 1, "RUN make", 1_500_000, "kept", "", (chain,), ("usr/lib",))) == snapshot


def test_a_path_says_no_line_of_its_own() -> None:
    said = text.why(Answer("a\nverdict same\x1b[2J", 0, "RUN <<EOF\nmake\nEOF", 1, "", "", ()))
    assert said.splitlines()[0] == r"/a\nverdict same\x1b[2J: 0.0 kB"
    assert len(said.splitlines()) == 3


def test_columns_align() -> None:
    assert list(columns([("a", "1"), ("bbb", "22")], right=(1,))) == ["a     1", "bbb  22"]
    assert list(columns([])) == []
