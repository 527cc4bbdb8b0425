"""For the terminal: the answer first, then a table for each program."""

from collections.abc import Iterator
from textwrap import wrap

from shave.verbs.lab_reported import Report
from shave.views.columns import columns
from shave.views.lab import tables, variants
from shave.views.lab.cells import Table
from shave.views.visible import one_line, visible

_WIDTH = 110


def text(report: Report) -> str:
    """The report; of techniques those alone that do not pay."""
    return visible("\n".join(_text(report)) + "\n")


def _text(report: Report) -> Iterator[str]:
    yield one_line(f"{report.lab}: {variants.answer(report)}")
    for program in report.programs:
        yield ""
        for sentence in variants.about(program, report):
            yield from _wrapped(f"{program.name}: {sentence}")
        yield from _table(variants.table(program, report))
    harmful = [each for each in report.techniques if each.against]
    for table in tables.beside(report, harmful):
        yield ""
        yield from _table(table)
    yield ""
    for note in tables.notes(report):
        yield from _wrapped(note)
    yield f"next: {one_line(report.next)}"


def _table(table: Table) -> Iterator[str]:
    yield from columns(table.texts, right=table.of("number"))
    for note in table.notes:
        yield from _wrapped(note)


def _wrapped(sentence: str) -> Iterator[str]:
    # the name of a variant is one word, however hyphenated
    yield from wrap(one_line(sentence), _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
