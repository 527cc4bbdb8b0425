"""To be pasted into a document: a table for each program in the shape of dotnet-docker's size reports."""

from collections.abc import Iterator

from shave.verbs.lab_reported import Report
from shave.views import markdown as marked
from shave.views.lab import tables, variants
from shave.views.lab.cells import Table
from shave.views.visible import one_line, visible


def markdown(report: Report) -> str:
    """The report, with all techniques."""
    return visible("\n".join(_markdown(report)) + "\n")


def _markdown(report: Report) -> Iterator[str]:
    yield f"# {marked.code(one_line(report.lab))}"
    yield ""
    yield f"{variants.answer(report)}."
    for program in report.programs:
        yield from ("", f"## {marked.code(one_line(program.name))}", "")
        yield from _table(variants.table(program, report))
        yield from ("", *(f"- {one_line(sentence)}" for sentence in variants.about(program, report)))
    for table in tables.beside(report, report.techniques):
        yield from ("", f"## {table.title.capitalize()}", "")
        yield from _table(table)
    found = list(tables.notes(report))
    yield from ("", *(f"- {note}" for note in found)) if found else ()


def _table(table: Table) -> Iterator[str]:
    head, *rows = table.texts
    names = table.of("name")
    coded = [[marked.code(text) if at in names else text for at, text in enumerate(row)] for row in rows]
    yield from marked.table(head, coded, right=table.of("number"))
    yield from (line for note in table.notes for line in ("", note))
