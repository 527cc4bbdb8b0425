"""What all forms of a lab's report say of variants: the answer, the table of a program, the words of a verdict."""

from collections.abc import Callable, Iterator

from shave.verbs.lab_reported import LabRow, Program, Report
from shave.views.lab import cells
from shave.views.lab.cells import Cell, Column, Table
from shave.views.size import rate

_Shown = tuple[Column, Callable[[LabRow], Cell]]
_BUILDS = {"failed": "does not build", "timeout": "build did not end", "skipped": "skipped", "not built": "not built"}


def answer(report: Report) -> str:
    """What it came to, in a sentence."""
    asked = [row for row in report.rows if row.judged.held is not None]
    held = sum(row.judged.held is True for row in asked)
    works = f"{sum(row.verdict == 'works' for row in report.rows)} of {len(report.rows)} variants work"
    missed = f", {len(asked) - held} not" if held < len(asked) else ""
    return f"{held} of {len(asked)} expectations hold{missed}; {works}" if asked else works


def about(program: Program, report: Report) -> Iterator[str]:
    """The smallest that works beside the baseline, and the front where there is more on it."""
    rows = {row.variant: row for row in report.rows}
    smallest = rows.get(program.smallest)
    if smallest is None:
        yield "none is known to work"
        return
    of = f", {cells.ratio(smallest.ratio).text} of {program.baseline}" if smallest.ratio is not None else ""
    yield f"smallest that works: {program.smallest}, {cells.amount(smallest.packed_bytes).text} packed{of}"
    if len(program.front) > 1:
        front = ", ".join(f"{name} ({_figures(rows[name])})" for name in program.front)
        yield f"front of packed bytes and start: {front}"


def _figures(row: LabRow) -> str:
    return f"{cells.amount(row.packed_bytes).text}, {cells.start(row.start_seconds).text}"


def table(program: Program, report: Report) -> Table:
    """Every variant of a program. A column that none has anything in is left out."""
    rows = [row for row in report.rows if row.program == program.name]
    shown = [
        (column, cell) for column, cell in _columns(report) if any(cell(row).value not in ("", None) for row in rows)
    ]
    found = tuple(tuple(cell(row) for _, cell in shown) for row in rows)
    return Table(program.name, tuple(column for column, _ in shown), found)


def _columns(report: Report) -> Iterator[_Shown]:
    yield Column("variant", "name"), lambda row: cells.word(row.variant)
    yield Column("base", "name"), lambda row: cells.word(row.base)
    yield Column("model", "words"), lambda row: cells.word("; ".join(row.models))
    yield Column("unpacked"), lambda row: cells.amount(row.unpacked_bytes)
    yield Column("packed"), lambda row: cells.amount(row.packed_bytes)
    if report.compression:
        yield Column(report.compression), lambda row: cells.amount(row.repacked_bytes)
    yield Column("ratio"), lambda row: cells.ratio(row.ratio)
    yield Column("layers"), lambda row: cells.count(row.layers)
    yield from _pulls(report)
    # how long it took to fail, nobody asks
    yield Column("start"), lambda row: cells.start(row.start_seconds if row.verdict == "works" else None)
    yield Column("memory"), lambda row: cells.amount(row.peak_memory_bytes if row.verdict == "works" else None)
    yield Column("build"), lambda row: cells.seconds(row.build_seconds)
    yield Column("verdict", "words"), lambda row: cells.word(verdict(row))


def _pulls(report: Report) -> Iterator[_Shown]:
    def cell(number: int) -> Callable[[LabRow], Cell]:
        return lambda row: cells.seconds(row.pulls[number].cold_seconds if row.pulls else None)

    links = next((row.pulls for row in report.rows if row.pulls), ())
    for number, pull in enumerate(links):
        yield Column(f"pull {rate(pull.link)}"), cell(number)


def verdict(row: LabRow) -> str:
    """What became of a variant, and what is remarkable about that."""
    return ", ".join(_verdict(row))


def _verdict(row: LabRow) -> Iterator[str]:
    if row.build != "built":
        yield _BUILDS[row.build]
    elif row.verdict == "fails":
        yield f"fails: {row.observed or 'nobody knows why'}"
    else:
        yield row.verdict
    if row.verdict != "not run" and row.predicted != row.observed:
        yield f"doctor said {row.predicted or 'nothing'}"
    if row.judged.held is False:
        yield "NOT AS EXPECTED"
    if row.is_front:
        yield "on the front"
