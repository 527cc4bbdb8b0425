import pytest
from syrupy.assertion import SnapshotAssertion

from checks import CHECKED, hostile
from shave.verbs.check import Judged
from shave.views.check import allowed, found, markdown, notices, text, verdict


def test_text(snapshot: SnapshotAssertion) -> None:
    assert text(CHECKED) == snapshot


def test_markdown(snapshot: SnapshotAssertion) -> None:
    assert markdown(CHECKED) == snapshot


def test_notices(snapshot: SnapshotAssertion) -> None:
    assert notices(CHECKED) == snapshot


@pytest.mark.parametrize(
    ("kind", "limit", "number", "shown"),
    [
        ("bytes", 200_000_000, 213_400_000, ("213.4 MB", "at most 200.0 MB")),
        ("bytes", 200_000_000, 200_000_001, ("200000001 bytes", "at most 200000000 bytes")),
        ("bytes", 0, -1_000_000, ("-1.0 MB", "at most 0")),
        ("ratio", 0.01, 0.032, ("3.2 %", "at most 1.0 %")),
        ("ratio", 0.01, 0.010001, ("1.0001 %", "at most 1.0000 %")),
        ("ratio", 0.01, 0.010000001, ("1.0000001 %", "at most 1.0 %")),
        ("count", 12, 13, ("13", "at most 12")),
    ],
)
def test_a_broken_budget_never_shows_the_same_number_twice(
    kind: str, limit: float, number: float, shown: tuple[str, str]
) -> None:
    judged = Judged("x", "--max", kind, limit, number, False, True, False)  # type: ignore[arg-type]
    assert (found(judged), allowed(judged)) == shown


def test_verdicts() -> None:
    [one, *_, kept] = CHECKED.budgets
    counts = {broken: verdict(type(CHECKED)("", "", "", "", broken, (one, kept), "")) for broken in (0, 1, 2)}
    assert counts == {0: "all 2 budgets are kept", 1: "1 of 2 budgets is broken", 2: "2 of 2 budgets are broken"}


def test_hostile_names_say_no_line_of_their_own() -> None:
    checked, _ = hostile()
    for shown in (text(checked), markdown(checked)):
        assert all(line.isprintable() for line in shown.splitlines())
        assert not [line for line in shown.splitlines() if line.startswith("::")]
        shown.encode()
    cells = [line.replace("\\|", "").count("|") for line in markdown(checked).splitlines() if line.startswith("|")]
    assert cells == [6] * 3 + [4] * 5
