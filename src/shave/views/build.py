"""The answer of ``shave build``: for the terminal, and to be pasted into a report."""

from collections.abc import Iterator
from textwrap import wrap

from shave.verbs.asked import Asked
from shave.verbs.built import BuildSummary
from shave.views import markdown as marked
from shave.views.columns import columns
from shave.views.units import megabytes
from shave.views.visible import one_line, visible

Row = tuple[str, ...]
_UNITS, _LEFT_OUT, _LOG = 10, 5, 5
_WIDTH, _NOTICED = 100, 0.05
_LAYERS, _PACKAGES = ("layer", "packed", "unpacked", "files"), ("unit", "unpacked", "files", "version")


def text(summary: BuildSummary) -> str:
    """For the terminal."""
    return visible("\n".join(_text(summary)) + "\n")


def _text(summary: BuildSummary) -> Iterator[str]:
    yield one_line(f"{summary.reference}: {_headline(summary)}")
    if summary.layers:
        yield ""
        yield from columns([_LAYERS, *_layers(summary)], right=(1, 2, 3))
    if summary.packages:
        yield ""
        yield from columns([_PACKAGES, *_units(summary, _UNITS)], right=(1, 2))
    for title, lines in _said(summary, _LEFT_OUT):
        yield ""
        yield title
        for line in lines:
            yield from wrap(
                one_line(line), _WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
            )
    yield ""
    yield from _written(summary)
    yield f"next: {one_line(summary.next)}"


def _headline(summary: BuildSummary) -> str:
    """What it came to, first of all."""
    base = "no base" if summary.base == "scratch" else f"base {summary.base}"
    what = f"{base}, {summary.suite}, {summary.architecture}"
    sizes = summary.result
    if sizes is None:
        return f"NOT WRITTEN, {_why(summary)} ({what})"
    layers = "1 layer" if sizes.layers == 1 else f"{sizes.layers} layers"
    bytes_ = f"{megabytes(sizes.unpacked_bytes)} unpacked, {megabytes(sizes.packed_bytes)} packed in {layers}"
    return f"{bytes_} ({what})" + ("" if summary.output else "; nothing was written")


def _why(summary: BuildSummary) -> str:
    if any(probe.failure for probe in summary.probes):
        return "a probe failed"
    return "it cannot start" if any(check.stops for check in summary.checks) else "what is said below stops it"


def _layers(summary: BuildSummary) -> Iterator[Row]:
    for row in summary.layers:
        yield row.name, megabytes(row.packed_bytes), megabytes(row.unpacked_bytes), str(row.files)


def _units(summary: BuildSummary, most: int) -> Iterator[Row]:
    for row in summary.packages[:most]:
        yield one_line(row.unit), megabytes(row.unpacked_bytes), str(row.files), one_line(row.version)
    if rest := summary.packages[most:]:
        unpacked, files = sum(row.unpacked_bytes for row in rest), sum(row.files for row in rest)
        yield f"{len(rest)} more", megabytes(unpacked), str(files), ""


def _said(summary: BuildSummary, most: int) -> Iterator[tuple[str, list[str]]]:
    """What the user must know beside the numbers, each kind with its lines; of what is left out at most so many."""
    left = [f"{each.name}, wanted by {each.wanted_by}: {each.why}" for each in summary.left_out]
    shown = left if len(left) <= most else [*left[:most], f"{len(left) - most} more"]
    checks = [check.text for check in summary.checks]
    remarks = [f"{remark.unit}: {remark.text}" for remark in summary.remarks]
    probes = [line for probe in summary.probes if probe.failure for line in _failed(probe)]
    titles = ("left out", "to know", "what its start needs", "failed probes")
    yield from ((title, lines) for title, lines in zip(titles, (shown, remarks, checks, probes), strict=True) if lines)


def _failed(probe: Asked) -> Iterator[str]:
    """What was wrong, and the last of what the program wrote."""
    yield f"{probe.probe}: {probe.failure}"
    yield from (f"> {line}" for line in probe.shown.strip().splitlines()[-_LOG:])


def _written(summary: BuildSummary) -> Iterator[str]:
    if summary.probes or summary.unasked:
        asked = f"{sum(not probe.failure for probe in summary.probes)} of {len(summary.probes)} answered as they should"
        yield f"probes  {one_line(summary.unasked) or asked}"
    times = (f"{name} {amount:.1f} s" for name, amount in summary.seconds.items() if amount >= _NOTICED)
    yield f"time    {' · '.join(times)}"
    if summary.lock:
        yield f"lock    {one_line(summary.lock)}"
    if summary.output:
        yield f"result  {one_line(summary.output)}"
    if summary.digest:
        yield f"digest  {summary.digest}"


def markdown(summary: BuildSummary) -> str:
    """To be pasted into a report or a pull request: all units, all that is left out."""
    return visible("\n".join(_markdown(summary)) + "\n")


def _markdown(summary: BuildSummary) -> Iterator[str]:
    yield from (f"# shave build {one_line(summary.reference)}", "", f"{one_line(_headline(summary))}.", "")
    if summary.layers:
        yield from (*marked.table(_LAYERS, list(_layers(summary)), right=(1, 2, 3)), "")
    if summary.packages:
        rows = [(marked.code(row[0]), *row[1:]) for row in _units(summary, len(summary.packages))]
        yield from (*marked.table(_PACKAGES, rows, right=(1, 2)), "")
    for title, lines in _said(summary, len(summary.left_out)):
        yield from (f"## {title.capitalize()}", "", *(f"- {marked.code(one_line(line))}" for line in lines), "")
    yield from (f"- {line}" for line in _written(summary))
