"""What all forms of a lab's report say of more than one program: why variants fail, techniques, sharing, changes."""

from collections.abc import Iterator, Sequence

from shave.verbs.lab_reported import LabRow, Report
from shave.verbs.lab_techniques import Technique
from shave.views.lab import cells
from shave.views.lab.cells import UNKNOWN, Cell, Column, Table
from shave.views.size import assumed
from shave.views.visible import one_line, shortened

_WIDTH = 110
_PAYS = 0.99
_VARIANT = Column("variant", "name")


def beside(report: Report, techniques: Sequence[Technique]) -> Iterator[Table]:
    """The tables below those of the programs, as far as there is something in them."""
    for table in (_failures(report), _techniques(report, techniques), _sharing(report), _changes(report)):
        if table.rows:
            yield table


def _failures(report: Report) -> Table:
    """What is otherwise than expected comes first."""
    missed = [(row, row.judged.why) for row in report.rows if row.judged.held is False]
    others = [
        (row, row.message)
        for row in report.rows
        if row.judged.held is not False and row.message and row.verdict != "works"
    ]
    columns = (_VARIANT, Column("as expected", "words"), Column("why", "name"))
    rows = (tuple(map(cells.word, (row.variant, _held(row), shortened(why, _WIDTH)))) for row, why in missed + others)
    return Table("why they fail", columns, tuple(rows))


def _held(row: LabRow) -> str:
    return {True: "yes", False: "NO", None: UNKNOWN}[row.judged.held]


def _techniques(report: Report, found: Sequence[Technique]) -> Table:
    compression = (Column(report.compression),) if report.compression else ()
    sizes = (Column("unpacked"), Column("packed"), *compression, Column("start"), Column("memory"))
    columns = (_VARIANT, Column("beside", "name"), *sizes, Column("against it", "words"))
    return Table("techniques", columns, tuple(_technique(each, bool(compression)) for each in found))


def _technique(found: Technique, with_repacked: bool) -> tuple[Cell, ...]:
    ratios = found.ratios
    repacked = (ratios.repacked,) if with_repacked else ()
    sizes = (ratios.unpacked, ratios.packed, *repacked, ratios.start, ratios.memory)
    names = (cells.word(found.variant), cells.word(found.began_from))
    return (*names, *map(cells.more, sizes), cells.word(", ".join(found.against)))


def _sharing(report: Report) -> Table:
    columns = (Column("images", "name"), Column("number"), Column("stored"), Column("without sharing"))
    found = report.sharing
    if found is None:
        return Table("sharing", columns, ())
    groups = [("all", len(found.images), found.stored_bytes, found.separate_bytes)]
    groups += [(f"{one.part} {one.name}", one.images, one.stored_bytes, one.separate_bytes) for one in report.stored]
    rows = (
        (cells.word(name), cells.count(number), *map(cells.amount, stored_and_separate))
        for name, number, *stored_and_separate in groups
    )
    return Table("sharing", columns, tuple(rows))


def _changes(report: Report) -> Table:
    columns = (_VARIANT, Column("packed"), Column("unpacked"), Column("start"), Column("verdict", "words"))
    rows = tuple(map(_change, report.rows)) if report.compared else ()
    gone = (f"no more in the lab: {', '.join(map(one_line, report.gone))}",) if report.gone else ()
    return Table("since the older report", columns, rows, gone)


def _change(row: LabRow) -> tuple[Cell, ...]:
    change = row.change
    if change is None:
        return (cells.word(row.variant), *(Cell(UNKNOWN),) * 3, cells.word("new"))
    words = row.verdict if row.verdict == change.verdict else f"{change.verdict} → {row.verdict}"
    seconds = change.start_seconds
    start = Cell(UNKNOWN if seconds is None else f"{1000 * seconds:+.0f} ms", seconds)
    sizes = map(cells.signed, (change.packed_bytes, change.unpacked_bytes))
    return cells.word(row.variant), *sizes, start, cells.word(words)


def notes(report: Report) -> Iterator[str]:
    """How figures were found, and what another compression is worth."""
    if any(row.start_seconds is not None for row in report.rows):
        yield (
            "start: from when its first process was about to be made until it ended or was ready; "
            "of short ones the shortest of five"
        )
    link = next((pull.link for row in report.rows for pull in row.pulls), None)
    if report.model and link:
        yield assumed(report.model, link)
    images = [row for row in report.rows if row.packed_bytes and row.repacked_bytes is not None]
    idle = [row for row in images if (row.repacked_bytes or 0) > _PAYS * (row.packed_bytes or 0)]
    if idle:
        yield f"{report.compression} saves nothing of {', '.join(one_line(row.variant) for row in idle)}"
