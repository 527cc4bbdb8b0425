"""The answer of ``shave build``: for the terminal, and to be pasted into a report."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from shave.lock import LeftOut
from shave.stage import Remark
from shave.verbs.asked import Asked
from shave.verbs.built import BuildSummary
from shave.views import markdown as marked
from shave.views.columns import columns
from shave.views.units import megabytes
from shave.views.visible import one_line, visible
from shave.views.words import times

Row = tuple[str, ...]
_UNITS, _LEFT_OUT, _LOG = 10, 5, 12
_WIDTH = 80
_WROTE = "> "
Section = tuple[str, list[str]]
_LAYERS, _PACKAGES = ("layer", "packed", "unpacked", "files"), ("unit", "unpacked", "files", "version")


def text(summary: BuildSummary) -> str:
    """For the terminal."""
    return visible("\n".join(_text(summary)) + "\n")


def _text(summary: BuildSummary) -> Iterator[str]:
    yield one_line(f"{summary.reference}: {_headline(summary)}")
    yield from _sections(_wrong(summary))
    if summary.layers:
        yield ""
        yield from columns([_LAYERS, *_layers(summary)], right=(1, 2, 3))
        yield ""
        yield from columns([_PACKAGES, *_units(summary, _UNITS)], right=(1, 2))
    yield from _sections(_said(summary, _LEFT_OUT))
    yield ""
    yield from _written(summary)
    yield f"next: {one_line(summary.next)}"


def _sections(sections: Iterator[Section]) -> Iterator[str]:
    for title, lines in sections:
        yield from ("", title)
        yield from (row for line in lines for row in _row(one_line(line)))


def _row(line: str) -> list[str]:
    """Folded, but for what a program wrote."""
    if line.startswith(_WROTE):
        return [f"  {line}"]
    return wrap(line, _WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


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
    cannot_start = any(each.stops for each in summary.diagnoses)
    return "it cannot start" if cannot_start else "a package needs what is not emulated"


def _layers(summary: BuildSummary) -> Iterator[Row]:
    for row in summary.layers:
        yield row.name, megabytes(row.packed_bytes), megabytes(row.unpacked_bytes), str(row.files)


def _units(summary: BuildSummary, most: int) -> Iterator[Row]:
    for row in summary.packages[:most]:
        yield one_line(row.unit), megabytes(row.unpacked_bytes), str(row.files), one_line(row.version)
    if rest := summary.packages[most:]:
        unpacked, files = sum(row.unpacked_bytes for row in rest), sum(row.files for row in rest)
        yield f"{len(rest)} more", megabytes(unpacked), str(files), ""


def _wrong(summary: BuildSummary) -> Iterator[Section]:
    """Why nothing was written."""
    remarks = list(_remarks(remark for remark in summary.remarks if remark.stops))
    causes = [each.text for each in summary.diagnoses if each.stops]
    probes = [line for probe in summary.probes if probe.failure for line in _failed(probe)]
    if probes and (log := [line for probe in summary.probes if not probe.failure for line in _log(probe)]):
        probes += ["what the program wrote:", *log]
    titles = ("what cannot be done", "what its start needs", "failed probes")
    yield from ((title, lines) for title, lines in zip(titles, (remarks, causes, probes), strict=True) if lines)


def _said(summary: BuildSummary, most: int) -> Iterator[Section]:
    """What the user must know beside the numbers; of what is left out at most so many."""
    missed = [each.text for each in summary.diagnoses if not each.stops]
    remarks = list(_remarks(remark for remark in summary.remarks if not remark.stops))
    if missed or remarks:
        yield "to know", [*missed, *remarks]
    if summary.left_out:
        yield "left out", list(_left_out(summary.left_out, most))


def _left_out(rows: Sequence[LeftOut], most: int) -> Iterator[str]:
    """Where not all are shown, first those that packages of the image want: the others come with these."""
    wanted = rows
    if len(rows) > most:
        names = {row.name for row in rows}
        wanted = [row for row in rows if row.wanted_by not in names][:most]
    yield from (f"{row.name}, wanted by {row.wanted_by}: {row.why}" for row in wanted)
    if rest := len(rows) - len(wanted):
        yield f"{rest} more"


def _remarks(remarks: Iterable[Remark]) -> Iterator[str]:
    """A line for each unit."""
    texts: dict[str, list[str]] = {}
    for remark in remarks:
        texts.setdefault(remark.unit, []).append(remark.text)
    return (f"{unit}: {'; '.join(said)}" for unit, said in texts.items())


def _failed(probe: Asked) -> Iterator[str]:
    """What was wrong, and what the program wrote of that."""
    yield f"{probe.probe}: {probe.failure}"
    yield from _log(probe)


def _log(probe: Asked) -> Iterator[str]:
    return (f"{_WROTE}{line}" for line in probe.shown.strip().splitlines()[-_LOG:])


def _written(summary: BuildSummary) -> Iterator[str]:
    if summary.probes or summary.unasked:
        asked = f"{sum(not probe.failure for probe in summary.probes)} of {len(summary.probes)} answered as they should"
        yield f"probes  {one_line(summary.unasked) or asked}"
    yield from times(summary.seconds)
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
    yield from _marked(_wrong(summary))
    if summary.layers:
        yield from (*marked.table(_LAYERS, list(_layers(summary)), right=(1, 2, 3)), "")
    if summary.packages:
        rows = [(marked.code(row[0]), *row[1:]) for row in _units(summary, len(summary.packages))]
        yield from (*marked.table(_PACKAGES, rows, right=(1, 2)), "")
    yield from _marked(_said(summary, len(summary.left_out)))
    yield from (f"  {line.strip()}" if line.startswith(" ") else f"- {line}" for line in _written(summary))


def _marked(sections: Iterator[Section]) -> Iterator[str]:
    for title, lines in sections:
        yield from (f"## {title.capitalize()}", "", *(f"- {marked.code(one_line(line))}" for line in lines), "")
