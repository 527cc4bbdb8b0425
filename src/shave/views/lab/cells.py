"""The tables of a lab's report before they are text, Markdown or HTML, and what stands in their cells."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from shave.views.size import seconds as in_seconds
from shave.views.units import megabytes
from shave.views.units import signed as with_sign
from shave.views.visible import one_line

UNKNOWN = "–"
Kind = Literal["number", "name", "words"]
"""Numbers are flush right; names are what others wrote; words are ours."""
_TINY = 0.0001
MILLISECOND = 0.001


class Cell(Struct, frozen=True):
    """What is shown, and what it is sorted by; None comes last."""

    text: str
    value: float | str | None = None


class Column(Struct, frozen=True):
    """The head of a column, and what stands in it."""

    name: str
    kind: Kind = "number"


class Table(Struct, frozen=True):
    """Rows of cells under columns, and what must be said about them."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    @property
    def texts(self) -> Sequence[Sequence[str]]:
        """What is shown, the head first."""
        return [[column.name for column in self.columns], *([cell.text for cell in row] for row in self.rows)]

    def of(self, kind: Kind) -> tuple[int, ...]:
        """The numbers of the columns of this kind."""
        return tuple(number for number, column in enumerate(self.columns) if column.kind == kind)


def word(text: str) -> Cell:
    """A name or a sentence."""
    return Cell(one_line(text), text)


def count(found: int | None) -> Cell:
    """How many."""
    return Cell(UNKNOWN if found is None else str(found), found)


def amount(found: int | None) -> Cell:
    """Bytes."""
    return Cell(UNKNOWN if found is None else megabytes(found), found)


def signed(found: int | None) -> Cell:
    """A difference of bytes."""
    return Cell(UNKNOWN if found is None else with_sign(found), found)


def ratio(found: float | None) -> Cell:
    """``0.54``; of what is far smaller, two digits that tell something (``0.0014``)."""
    return Cell(UNKNOWN if found is None else _ratio(found), found)


def _ratio(found: float) -> str:
    if found >= _TINY or not found:
        return f"{found:.2f}" if found >= 0.1 else f"{found:.2g}"
    return f"<{_TINY:.4f}"


def more(found: float | None) -> Cell:
    """A ratio as what it is more or less: ``-39.0 %``."""
    change = None if found is None else round(100 * (found - 1), 1)
    return Cell(UNKNOWN if change is None else f"{change:+.1f} %" if change else "0", change)


def seconds(found: float | None) -> Cell:
    """``12.3 s``, as pull times are shown."""
    return Cell(UNKNOWN if found is None else in_seconds(found), found)


def start(found: float | None) -> Cell:
    """``21 ms``, ``1.3 s``; less than a millisecond is not told apart."""
    return Cell(UNKNOWN if found is None else _start(found), found)


def _start(found: float) -> str:
    if found < MILLISECOND:
        return "<1 ms"
    return f"{1000 * found:.0f} ms" if found < 1 else f"{found:.1f} s"
