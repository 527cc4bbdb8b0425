"""The answer of ``shave inspect`` for the terminal: what the image costs and what to do about it on top."""

from collections.abc import Iterator
from itertools import chain, repeat
from shutil import get_terminal_size
from textwrap import wrap

from shave.finding import Finding
from shave.verbs.inspected import Inspected
from shave.views.columns import columns
from shave.views.inspect import rows
from shave.views.units import megabytes
from shave.views.visible import one_line, shortened

_FULL, _BRIEF, _LAYERS, _UNITS, _UNOWNED, _UNREAD = 6, 14, 24, 12, 8, 8
_NARROWEST, _PIPED = 80, 100


def text(inspected: Inspected, width: int | None = None) -> str:
    """What an image costs, what its findings would save, and where its bytes are, in lines of at most ``width``
    characters: by default the terminal's, at least 80; 100 where there is none. Names are never cut.
    """
    wide = max(_NARROWEST, width or get_terminal_size((_PIPED, 24)).columns)
    parts = (_head, _findings, _layers, _units, _unowned, _unread)
    said = ["\n".join(lines) for part in parts if (lines := list(part(inspected, wide)))]
    return "\n\n".join(said) + f"\n\nnext: {one_line(inspected.next)}\n"


def _head(inspected: Inspected, width: int) -> Iterator[str]:
    yield f"{one_line(inspected.reference)}  {one_line(inspected.platform)}"
    yield ""
    names, amounts = zip(*rows.figures(inspected), strict=True)
    yield from columns([names, amounts], right=range(len(names)))
    yield ""
    yield from wrap(rows.savings(inspected), width)
    if inspected.base:
        yield rows.base(inspected.base)
    if inspected.measures.packed_estimated:
        yield "~ estimated: the source has no compressed layers"


def _findings(inspected: Inspected, width: int) -> Iterator[str]:
    full, others = rows.cut(inspected.findings, _FULL)
    brief, rest = rows.cut(others, _BRIEF)
    shown = [*full, *brief]
    if not shown:
        return
    cells = [_saved(finding, inspected) for finding in shown]
    lines = list(columns([("packed", "unpacked", ""), *((*each, "") for each in cells)], right=(0, 1)))
    margin = max(len(line) for line in lines) + 2
    yield f"{lines[0].ljust(margin)}finding"
    for number, (finding, line) in enumerate(zip(shown, lines[1:], strict=True)):
        said = _advised(finding, inspected, width - margin) if number < len(full) else _named(finding, width - margin)
        for first, words in zip(chain([line], repeat("")), said, strict=False):
            yield first.ljust(margin) + words
    yield from rows.rest(rest, "findings", inspected)
    if brief and not rest:
        yield "what made and what fixes the others: --format markdown or html"


def _saved(finding: Finding, inspected: Inspected) -> tuple[str, str]:
    return rows.packed(inspected)(finding.packed_bytes), megabytes(finding.unpacked_bytes)


def _named(finding: Finding, width: int) -> Iterator[str]:
    yield shortened(rows.summary(finding), width)


def _advised(finding: Finding, inspected: Inspected, width: int) -> Iterator[str]:
    yield from wrap(one_line(rows.summary(finding)), width)
    yield from (shortened(line, width) for line in rows.blame(finding, inspected))
    sure = "" if finding.confidence == "certain" else f" ({finding.confidence})"
    yield from wrap(f"fix: {one_line(finding.fix)}{sure}", width, subsequent_indent="     ")


def _layers(inspected: Inspected, width: int) -> Iterator[str]:
    largest = sorted(inspected.layers, key=lambda row: (-row.packed_bytes, -row.unpacked_bytes, row.number))
    first, rest = rows.cut(largest, _LAYERS)
    table = [rows.LAYERS, *(rows.layer(row, inspected) for row in sorted(first, key=lambda row: row.number))]
    margin = sum(max(len(cells[number]) for cells in table) + 2 for number in range(len(rows.LAYERS) - 1))
    yield from columns([(*cells[:-1], shortened(cells[-1], width - margin)) for cells in table], right=(0, 1, 2))
    yield from rows.rest(rest, "layers", inspected)
    yield rows.SIGNS


def _units(inspected: Inspected, width: int) -> Iterator[str]:
    shown, rest = rows.cut(inspected.units, _UNITS)
    if shown:
        yield f"largest units ({rows.managers(inspected.units)})"
        yield from columns([rows.UNITS, *(rows.unit(row, inspected) for row in shown)], right=(0, 1, 2, 3))
        yield from rows.rest(rest, "units", inspected)


def _unowned(inspected: Inspected, width: int) -> Iterator[str]:
    shown, rest = rows.cut(inspected.unowned, _UNOWNED)
    if shown:
        total = sum(row.packed_bytes for row in inspected.unowned)
        yield f"owned by no unit ({rows.packed(inspected)(total)} packed)"
        yield from columns([rows.UNOWNED, *(rows.directory(row, inspected) for row in shown)], right=(0, 1, 2))
        yield from rows.rest(rest, "directories", inspected)


def _unread(inspected: Inspected, width: int) -> Iterator[str]:
    shown, rest = rows.cut(inspected.unread, _UNREAD)
    if shown:
        yield "records that could not be read: what they own counts as owned by no unit"
        yield from (f"  /{one_line(record.path)}: {one_line(record.why)}" for record in shown)
        if rest:
            yield f"and {len(rest)} more (--format json shows all)"
