"""The report of a lab as one page that needs no network: plots of packed bytes against start, tables that sort."""

from collections.abc import Iterator

from shave.verbs.lab_reported import LabRow, Program, Report
from shave.views.lab import cells, tables, variants
from shave.views.lab.cells import Cell, Column, Table
from shave.views.lab.html.plot import Point, plot
from shave.views.page import asset, page, shown
from shave.views.visible import one_line

STYLES = ("parts/parts.css", "lab/html/lab.css")
_SCRIPT = "lab/html/sort.js"
_BARS = ("unpacked", "packed")

_BODY = """<header>
<h1>{lab}</h1>
<p class="soft">{answer}</p>
<dl class="figures">{figures}</dl>
<nav aria-label="Sections">{links}</nav>
</header>
<main>
{sections}
</main>
<footer><p>next: {next}</p>{notes}<p>MB is 10<sup>6</sup> bytes.</p></footer>"""


def html(report: Report) -> bytes:
    """The page. Without JavaScript all of it is there, but no table sorts."""
    named = [*_programs(report), *_beside(report)]
    body = _BODY.format(
        lab=shown(one_line(report.lab)),
        answer=shown(variants.answer(report)),
        figures="".join(f"<div><dt>{name}</dt><dd>{shown(count)}</dd></div>" for name, count in _figures(report)),
        links=" ".join(f'<a href="#s{number}">{shown(title)}</a>' for number, (title, _) in enumerate(named)),
        sections="\n".join(_section(number, *each) for number, each in enumerate(named)),
        next=shown(one_line(report.next)),
        notes="".join(f"<p>{shown(note)}</p>" for note in tables.notes(report)),
    )
    return page(f"shave lab {one_line(report.lab)}", body, "".join(map(asset, STYLES)), asset(_SCRIPT))


def _figures(report: Report) -> Iterator[tuple[str, str]]:
    packed = [row.packed_bytes for row in report.rows if row.verdict == "works" and row.packed_bytes is not None]
    if packed:
        yield "packed, of those that work", f"{cells.amount(max(packed)).text} → {cells.amount(min(packed)).text}"
    if report.sharing:
        yield "stored for all", cells.amount(report.sharing.stored_bytes).text


def _section(number: int, title: str, body: str) -> str:
    return f'<section id="s{number}">\n<h2>{shown(title)}</h2>\n{body}\n</section>'


def _programs(report: Report) -> Iterator[tuple[str, str]]:
    for program in report.programs:
        rows = [row for row in report.rows if row.program == program.name]
        said = "".join(f"<p>{shown(one_line(sentence))}</p>\n" for sentence in variants.about(program, report))
        drawn = _drawn(program, rows)
        yield one_line(program.name), f"{said}{drawn}{_table(variants.table(program, report), _BARS)}"


def _drawn(program: Program, rows: list[LabRow]) -> str:
    """One point is no plot."""
    points = [
        Point(row.variant, row.packed_bytes, max(row.start_seconds, cells.MILLISECOND), row.is_front)
        for row in rows
        if row.verdict == "works" and row.packed_bytes and row.start_seconds is not None
    ]
    return f"{plot(program.name, points)}\n" if len(points) > 1 else ""


def _beside(report: Report) -> Iterator[tuple[str, str]]:
    for table in tables.beside(report, report.techniques):
        yield table.title.capitalize(), _table(table)


def _table(table: Table, bars: tuple[str, ...] = ()) -> str:
    """Numbers in the columns of these names have bars below them, all to one scale."""
    barred = [at for at, column in enumerate(table.columns) if column.name in bars]
    largest = max((_number(row[at]) for row in table.rows for at in barred), default=0)
    scales = [largest if at in barred else 0 for at in range(len(table.columns))]
    rows = "\n".join(f"<tr>{''.join(map(_cell, table.columns, row, scales))}</tr>" for row in table.rows)
    notes = "".join(f'\n<p class="soft">{shown(note)}</p>' for note in table.notes)
    return (
        f'<div class="table"><table class="sortable" aria-label="{shown(table.title)}">\n'
        f"<thead><tr>{''.join(map(_head, table.columns))}</tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody>\n</table></div>{notes}"
    )


def _number(cell: Cell) -> float:
    return 0 if cell.value is None or isinstance(cell.value, str) else cell.value


def _head(column: Column) -> str:
    number = ' class="number"' if column.kind == "number" else ""
    return f'<th scope="col"{number} data-sort="{column.kind}">{shown(column.name)}</th>'


def _cell(column: Column, cell: Cell, largest: float) -> str:
    kind = {"number": "number", "name": "path", "words": "words"}[column.kind]
    value = "" if cell.value is None else shown(str(cell.value))
    return f'<td class="{kind}" data-value="{value}">{shown(cell.text)}{_bar(_number(cell), largest)}</td>'


def _bar(count: float, largest: float) -> str:
    if not count or not largest:
        return ""
    return f'<span class="bar"><i style="width: {100 * count / largest:.2f}%"></i></span>'
