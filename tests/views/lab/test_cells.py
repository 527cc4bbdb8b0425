import pytest

from shave.views.lab import cells
from shave.views.lab.cells import Cell, Column, Table


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (None, "–"),
        (1.0, "1.00"),
        (0.5449, "0.54"),
        (0.0123, "0.012"),
        (0.00142, "0.0014"),
        (0.00001, "<0.0001"),
        (0, "0"),
    ],
)
def test_ratio(found: float | None, text: str) -> None:
    assert cells.ratio(found) == Cell(text, found)


@pytest.mark.parametrize(
    ("found", "text"), [(None, "–"), (1.0, "0"), (1.0001, "0"), (0.61, "-39.0 %"), (1.089, "+8.9 %"), (2.0, "+100.0 %")]
)
def test_more(found: float | None, text: str) -> None:
    assert cells.more(found).text == text


@pytest.mark.parametrize(
    ("found", "text"), [(None, "–"), (0.0, "<1 ms"), (0.0214, "21 ms"), (0.999, "999 ms"), (1.26, "1.3 s")]
)
def test_start(found: float | None, text: str) -> None:
    assert cells.start(found) == Cell(text, found)


def test_what_is_not_known() -> None:
    for cell in (cells.count(None), cells.amount(None), cells.signed(None), cells.seconds(None)):
        assert cell == Cell("–", None)


def test_a_table() -> None:
    table = Table("t", (Column("a", "name"), Column("b"), Column("c")), ((cells.word("x\n"), Cell("1"), Cell("2")),))
    assert table.texts == [["a", "b", "c"], ["x\\n", "1", "2"]]
    assert (table.of("number"), table.of("name")) == ((1, 2), (0,))
