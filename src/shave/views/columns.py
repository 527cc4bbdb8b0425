"""A table as lines of text."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

_NARROWEST, _JOINED = 20, "\N{NO-BREAK SPACE}"


def columns(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> Iterator[str]:
    """Rows of equal length as aligned lines, two spaces between; the columns numbered in ``right`` are flush right."""
    widths = [max(len(row[number]) for row in rows) for number in range(len(rows[0]))] if rows else []
    for row in rows:
        cells = (
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


def folded(rows: Sequence[Sequence[str]], width: int, right: Sequence[int] = ()) -> Iterator[str]:
    """As ``columns``; the last column, of items with commas between, goes on below itself where a line would be longer
    than ``width`` characters.
    """
    margin = sum(max(len(row[number]) for row in rows) + 2 for number in range(len(rows[0]) - 1)) if rows else 0
    items = [row[-1].replace(" ", _JOINED).replace(f",{_JOINED}", ", ") for row in rows]
    last = [wrap(each, max(width - margin, _NARROWEST)) or [""] for each in items]
    blank = [""] * (len(rows[0]) - 1) if rows else []
    lines = [
        (*(blank if number else row[:-1]), line.replace(_JOINED, " "))
        for row, parts in zip(rows, last, strict=True)
        for number, line in enumerate(parts)
    ]
    yield from columns(lines, right)
