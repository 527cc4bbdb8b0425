"""Answers as Markdown, to be pasted into a report or a pull request."""

import re
from collections.abc import Iterator, Sequence

from shave.probe import Verdict
from shave.sizes import Sizes
from shave.verbs.repair import MEANS, Round
from shave.verbs.summary import Summary
from shave.views import fates, price
from shave.views.units import megabytes, share
from shave.views.visible import visible
from shave.views.words import because, reused


def table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> Iterator[str]:
    """A pipe table; pipes in cells are escaped."""
    yield "| " + " | ".join(header) + " |"
    yield "|" + "|".join(" ---: " if number in right else " --- " for number in range(len(header))) + "|"
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"


def code(text: str) -> str:
    """Text of an image as it is, whatever marks it holds: in more backticks than it has in a row (CommonMark 6.1)."""
    if not text:
        return ""
    ticks = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def slim(summary: Summary) -> str:
    """The report of ``shave slim``."""
    return visible("\n".join(_slim(summary)) + "\n")


def _slim(summary: Summary) -> Iterator[str]:
    yield f"# shave slim {summary.input}"
    yield ""
    yield (
        f"Outcome: **{summary.outcome}**, grain `{summary.grain}`" + (" (thin evidence)" if summary.thin else "") + "."
    )
    yield ""
    if summary.outcome == "slimmed" and summary.verdict and summary.verdict.verdict != "same":
        yield f"**UNVERIFIED**: verdict {summary.verdict.verdict}; written because `--allow-unverified` was given."
        yield ""
    rows = [_row("before", summary.original, summary.original)]
    if summary.result:
        rows.append(_row("after", summary.result, summary.original))
    yield from table(("", "packed", "unpacked", "of the original", "files", "layers"), rows, right=(1, 2, 3, 4, 5))
    if summary.verdict:
        yield ""
        yield from verdict(summary.verdict)
    if summary.rounds:
        yield ""
        yield from _repairs(summary.rounds)
    if summary.prices:
        yield from ("", "## What each grain keeps", "")
        yield from table(price.HEAD, list(price.rows(summary.prices, summary.grain)), right=price.NUMBERS)
    yield ""
    yield "## What was kept and dropped"
    yield ""
    groups = [
        (row.name, megabytes(row.kept_bytes), str(row.kept_files), megabytes(row.dropped_bytes), because(row.because))
        for row in summary.groups
    ]
    yield from table(("what", "kept", "files", "dropped", "kept because"), groups, right=(1, 2, 3))
    if summary.units:
        yield from ("", "## Units", "")
        yield from table(fates.HEAD, [_option_last(row) for row in fates.unit_rows(summary.units)], right=(2, 3, 4, 5))
    if summary.listings:
        yield from ("", "## Directories that a run listed, and that lose entries", "")
        rows = [_option_last(row) for row in fates.listing_rows(summary.listings)]
        yield from table(fates.LISTED, rows, right=(1, 2))
    yield ""
    yield "## Time"
    yield ""
    yield from table(("stage", "seconds"), [(n, f"{s:.2f}") for n, s in summary.seconds.items()], right=(1,))
    yield ""
    if summary.reuse and summary.result:
        yield f"Reused: {reused(summary.reuse, summary.result, code(summary.reuse.previous))}."
        yield ""
    yield f"Run by {summary.runner}, traced by {summary.tracer}. Result: `{summary.output or 'not written'}`."


def _option_last(row: tuple[str, ...]) -> tuple[str, ...]:
    return code(row[0]), *row[1:-1], code(row[-1])


def _repairs(rounds: Sequence[Round]) -> Iterator[str]:
    rows = [
        (str(number), ", ".join(done.probes), MEANS[done.means], str(len(done.added)), megabytes(done.added_bytes))
        for number, done in enumerate(rounds, 1)
    ]
    yield from table(("repair", "for", "by", "paths added", "of"), rows, right=(0, 3, 4))


def _row(name: str, sizes: Sizes, original: Sizes) -> tuple[str, ...]:
    packed = megabytes(sizes.packed_bytes, sizes.packed_estimated)
    left = share(sizes.unpacked_bytes, original.unpacked_bytes)
    return name, packed, megabytes(sizes.unpacked_bytes), left, str(sizes.files), str(sizes.layers)


def verdict(found: Verdict) -> Iterator[str]:
    yield f"## Verdict: {found.verdict}"
    yield ""
    rows = [
        (judged.probe, judged.verdict, judged.reason, f"{100 * judged.masked:.0f} %") for judged in found.judgements
    ]
    yield from table(("probe", "verdict", "reason", "noise"), rows, right=(3,))
    for judged in found.judgements:
        for witness in judged.witnesses:
            yield ""
            yield f"`{judged.probe}`, {witness.field}: expected"
            yield from ("", "    " + witness.expected[:2000].replace("\n", "\n    "), "", "found", "")
            yield "    " + witness.found[:2000].replace("\n", "\n    ")
