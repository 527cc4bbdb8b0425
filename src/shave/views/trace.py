"""The answer of ``shave trace`` for the terminal."""

from collections.abc import Iterator

from shave.verbs.trace import TraceSummary
from shave.views.columns import columns
from shave.views.visible import visible

_SHOWN = 12


def text(summary: TraceSummary) -> str:
    """How many paths, by whom, of what; where they are written."""
    return visible("\n".join(_lines(summary)) + "\n")


def _lines(summary: TraceSummary) -> Iterator[str]:
    yield f"{summary.input}: {_count(summary.paths, 'path')} used, of {_count(len(summary.packages), 'package')}"
    if summary.thin:
        yield "thin evidence: no port, no output, gone within a second"
    yield ""
    yield "  ".join(f"{way} {count}" for way, count in summary.how)
    yield ""
    rows = [(row.name, str(row.paths), row.failure) for row in summary.probes]
    yield from columns([("probe", "paths", ""), *rows], right=(1,))
    for row in summary.probes:
        yield from (f"  {line}" for line in row.shown.splitlines())
    yield ""
    yield from columns([("what", "paths"), *_some(summary.groups)], right=(1,))
    yield ""
    if summary.packages:
        versions = [(found.unit, found.version) for found in summary.packages[:_SHOWN]]
        yield from columns([("package", "version"), *versions])
        if len(summary.packages) > _SHOWN:
            yield f"and {len(summary.packages) - _SHOWN} more"
        yield ""
    yield f"run by  {summary.runner}, traced by {summary.tracer}"
    if summary.written:
        yield f"file    {summary.written}: {_count(summary.all_paths, 'path')}, {summary.new_paths} of them new"
    yield f"next: {summary.next}"


def _some(groups: tuple[tuple[str, int], ...]) -> Iterator[tuple[str, str]]:
    yield from ((name, str(count)) for name, count in groups[:_SHOWN])
    if len(groups) > _SHOWN:
        yield f"{len(groups) - _SHOWN} more", str(sum(count for _, count in groups[_SHOWN:]))


def _count(number: int, name: str) -> str:
    return f"{number} {name}" + ("" if number == 1 else "s")
