"""The answer of ``shave inspect`` as Markdown, to be pasted into a pull request: tables, the long ones folded."""

import re
from collections.abc import Iterable, Iterator
from html import escape

from shave.finding import Finding
from shave.verbs.inspected import Inspected
from shave.views import markdown as marked
from shave.views.inspect import rows
from shave.views.markdown import table
from shave.views.units import megabytes
from shave.views.visible import one_line, shortened

_FINDINGS, _LAYERS, _UNITS, _UNOWNED, _UNREAD = 30, 130, 30, 20, 20
_INSTRUCTION = 160
_MARKUP = re.compile(r"([\\`*_~\[\]<>&#!])")


def markdown(inspected: Inspected) -> str:
    """The same as the terminal shows, in GitHub's Markdown. What the image says is text, never markup."""
    parts = (_head, _findings, _layers, _units, _unowned, _unread)
    said = ["\n".join(lines) for part in parts if (lines := list(part(inspected)))]
    return "\n\n".join(said) + "\n"


def _head(inspected: Inspected) -> Iterator[str]:
    yield f"## {code(inspected.reference)} {plain(inspected.platform)}"
    yield ""
    names, amounts = zip(*rows.figures(inspected), strict=True)
    yield from table(names, [amounts], right=range(len(names)))
    yield ""
    yield f"**{rows.savings(inspected)}**"
    if inspected.base:
        yield ""
        yield plain(rows.base(inspected.base))
    if inspected.measures.packed_estimated:
        yield ""
        yield "~ estimated: the source has no compressed layers"


def _findings(inspected: Inspected) -> Iterator[str]:
    shown, rest = rows.cut(inspected.findings, _FINDINGS)
    if shown:
        header = ("packed", "unpacked", "finding", "written by", "fix")
        yield from table(header, [_finding(finding, inspected) for finding in shown], right=(0, 1))
        yield from _rest(rows.rest(rest, "findings", inspected))


def _finding(finding: Finding, inspected: Inspected) -> tuple[str, ...]:
    return (
        rows.packed(inspected)(finding.packed_bytes),
        megabytes(finding.unpacked_bytes),
        f"**{plain(finding.title)}**" + (f": {plain(finding.detail)}" if finding.detail else ""),
        "<br>".join(code(shortened(line, _INSTRUCTION)) for line in rows.blame(finding, inspected)),
        plain(finding.fix) + ("" if finding.confidence == "certain" else f" ({finding.confidence})"),
    )


def _layers(inspected: Inspected) -> Iterator[str]:
    shown, rest = rows.cut(inspected.layers, _LAYERS)
    cells = [rows.layer(row, inspected) for row in shown]
    lines = [(*others, code(shortened(last, _INSTRUCTION))) for *others, last in cells]
    more = [*_rest(rows.rest(rest, "layers", inspected)), "", rows.SIGNS]
    yield from _folded(
        rows.plural(len(inspected.layers), "layer"), [*table(rows.LAYERS, lines, right=(0, 1, 2)), *more]
    )


def _units(inspected: Inspected) -> Iterator[str]:
    shown, rest = rows.cut(inspected.units, _UNITS)
    if shown:
        cells = [rows.unit(row, inspected) for row in shown]
        lines = [(*others, code(name), plain(version)) for *others, name, version in cells]
        more = _rest(rows.rest(rest, "units", inspected))
        title = f"{rows.plural(len(inspected.units), 'unit')} ({rows.managers(inspected.units)})"
        yield from _folded(title, [*table(rows.UNITS, lines, right=(0, 1, 2, 3)), *more])


def _unowned(inspected: Inspected) -> Iterator[str]:
    shown, rest = rows.cut(inspected.unowned, _UNOWNED)
    if shown:
        cells = [rows.directory(row, inspected) for row in shown]
        lines = [(*others, code(name)) for *others, name in cells]
        more = _rest(rows.rest(rest, "directories", inspected))
        total = rows.packed(inspected)(sum(row.packed_bytes for row in inspected.unowned))
        yield from _folded(f"owned by no unit: {total} packed", [*table(rows.UNOWNED, lines, right=(0, 1, 2)), *more])


def _unread(inspected: Inspected) -> Iterator[str]:
    shown, rest = rows.cut(inspected.unread, _UNREAD)
    if shown:
        yield "Records that could not be read; what they own counts as owned by no unit:"
        yield ""
        yield from (f"- {code('/' + record.path)}: {plain(record.why)}" for record in shown)
        if rest:
            yield f"- and {len(rest)} more (`--format json` shows all)"


def _folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from ("<details>", f"<summary>{escape(title)}</summary>", "", *lines, "", "</details>")


def _rest(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield from ("", line)


def plain(text: str) -> str:
    """Text of which nothing is markup. Source: CommonMark 0.31, section 2.4, backslash escapes."""
    return _MARKUP.sub(r"\\\1", one_line(text))


def code(text: str) -> str:
    """Text of one line as a code span."""
    return marked.code(one_line(text))
