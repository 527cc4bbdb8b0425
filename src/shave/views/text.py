"""Answers for the terminal: the result first, columns aligned, no colour that carries meaning."""

from collections.abc import Iterator, Sequence

from shave.cache import PLANS
from shave.probe import Judgement, Verdict
from shave.sizes import Sizes
from shave.verbs.cache import Cached
from shave.verbs.repair import MEANS, Round
from shave.verbs.summary import Summary
from shave.views import fates, price
from shave.views.columns import columns, folded
from shave.views.units import megabytes, share
from shave.views.visible import visible
from shave.views.words import because, reused, times

_SHOWN = 7
_CUT = 200
_WIDTH = 80


def slim(summary: Summary) -> str:
    """The outcome of ``shave slim``."""
    return visible("\n".join(_slim(summary)) + "\n")


def _slim(summary: Summary) -> Iterator[str]:
    before = summary.original
    yield _headline(summary)
    yield ""
    yield from columns(list(_sizes(summary)), right=(1, 2, 3, 4))
    if before.packed_estimated:
        yield "~ estimated: the source has no compressed layers"
    if summary.verdict:
        yield ""
        yield from verdict(summary.verdict)
    yield from repairs(summary.rounds)
    if summary.prices:
        yield ""
        yield price.text(summary.prices, summary.grain)
    yield ""
    yield from folded(list(_groups(summary)), _WIDTH, right=(1, 2, 3))
    yield from fates.text(summary.units, summary.listings)
    yield ""
    yield from times(summary.seconds)
    yield f"run by  {summary.runner}, traced by {summary.tracer}"
    if summary.output:
        yield f"result  {summary.output}"
    if summary.reuse and summary.result:
        yield f"reused  {reused(summary.reuse, summary.result, summary.reuse.previous)}"
    if summary.report:
        yield f"report  {summary.report}"
    yield f"next: {summary.next}"


def repairs(rounds: Sequence[Round]) -> Iterator[str]:
    """What each round of repair was for, tried and added."""
    for number, done in enumerate(rounds, 1):
        paths = f"{len(done.added)} paths, {megabytes(done.added_bytes)}: /{done.added[0]}"
        more = " …" if len(done.added) > 1 else ""
        yield f"repair {number} for {_cut(', '.join(done.probes))}: {MEANS[done.means]}: {paths}{more}"


def _headline(summary: Summary) -> str:
    before, after = summary.original, summary.result
    if summary.outcome == "unchanged" or after is None:
        kept = megabytes(sum(row.kept_bytes for row in summary.groups))
        planned = f"{kept} of {megabytes(before.content_bytes)} content would stay; nothing was built"
        what = "nothing to gain: the image stays as it is" if summary.outcome == "unchanged" else planned
        return f"{summary.input}: {what}{_thin(summary)}"
    packed = f"{_packed(before)} → {_packed(after)} packed"
    unpacked = f"{megabytes(before.unpacked_bytes)} → {megabytes(after.unpacked_bytes)} unpacked"
    line = f"{summary.input}: {unpacked}, {packed}"
    if summary.outcome == "refused":
        line = f"{summary.input}: NOT WRITTEN, {_doubt(summary.verdict)} ({unpacked})"
    elif summary.verdict and summary.verdict.verdict != "same":
        line += f"\nUNVERIFIED: the verdict is {summary.verdict.verdict}, written because --allow-unverified was given"
    return line + _thin(summary)


def _doubt(found: Verdict | None) -> str:
    if found and found.verdict == "unknown":
        return "it is not known whether the result behaves the same"
    return "the result does not behave the same"


def _thin(summary: Summary) -> str:
    if not summary.thin:
        return ""
    went = "only proven waste goes, and packages nobody asked for"
    return f"\nthin evidence: no port, no output, gone within a second; {went}"


def _packed(sizes: Sizes) -> str:
    return megabytes(sizes.packed_bytes, sizes.packed_estimated)


def _sizes(summary: Summary) -> Iterator[tuple[str, ...]]:
    yield "", "packed", "unpacked", "files", "layers"
    before, after = summary.original, summary.result
    for name, sizes in (("before", before), ("after", after)):
        if sizes:
            yield name, _packed(sizes), megabytes(sizes.unpacked_bytes), str(sizes.files), str(sizes.layers)
    if after and summary.outcome != "unchanged":
        packed = share(after.packed_bytes, before.packed_bytes)
        yield "left", packed, share(after.unpacked_bytes, before.unpacked_bytes), share(after.files, before.files), ""


def verdict(found: Verdict) -> Iterator[str]:
    """The verdict and each probe's part in it, with witnesses."""
    same = sum(judged.verdict == "same" for judged in found.judgements)
    yield f"verdict {found.verdict}: {same} of {len(found.judgements)} probes gave the same answer"
    rows = [(f"  {judged.probe}", judged.verdict, _reason(judged)) for judged in found.judgements]
    for judged, line in zip(found.judgements, columns(rows), strict=True):
        yield line
        for witness in judged.witnesses:
            if witness.found == judged.reason:
                continue
            yield f"    {witness.field}: expected {_cut(witness.expected)}"
            yield f"    {' ' * len(witness.field)}  found    {_cut(witness.found)}"


def _reason(judged: Judgement) -> str:
    noise = f"{100 * judged.masked:.0f} % of it is noise" if judged.verdict == "same" and judged.masked >= 0.005 else ""
    return ", ".join(part for part in (judged.reason, noise) if part)


def _cut(text: str) -> str:
    shown = ascii(text)[1:-1] if not text.isprintable() else text
    return shown if len(shown) <= _CUT else shown[:_CUT] + f"… ({len(text)} characters)"


def _groups(summary: Summary) -> Iterator[tuple[str, ...]]:
    yield "what", "kept", "files", "dropped", "kept because"
    for row in summary.groups[:_SHOWN]:
        yield (
            row.name,
            megabytes(row.kept_bytes),
            str(row.kept_files),
            megabytes(row.dropped_bytes),
            because(row.because),
        )
    rest = summary.groups[_SHOWN:]
    if rest:
        kept, dropped = sum(row.kept_bytes for row in rest), sum(row.dropped_bytes for row in rest)
        files = sum(row.kept_files for row in rest)
        yield f"{len(rest)} more", megabytes(kept), str(files), megabytes(dropped), ""


def cache(cached: Cached) -> str:
    """The outcome of ``shave cache``."""
    return visible("\n".join(_cache(cached)) + "\n")


def _cache(cached: Cached) -> Iterator[str]:
    if cached.deleted_files:
        files = "1 file" if cached.deleted_files == 1 else f"{cached.deleted_files} files"
        yield f"deleted {files}, {megabytes(cached.deleted_bytes)}"
        yield ""
    rows = [
        (kept.name, str(kept.files), megabytes(kept.bytes), megabytes(kept.max_bytes), kept.path)
        for kept in cached.shelves
    ]
    yield from columns([("what", "files", "bytes", "bound", "where"), *rows], right=(1, 2, 3))
    if not cached.deleted_files and any(kept.files for kept in cached.shelves if kept.name != PLANS.name):
        yield "next: shave cache clear"
