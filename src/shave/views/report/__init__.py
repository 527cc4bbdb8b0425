"""What was kept and dropped as one page that needs no network: a tree with reasons, the price, units, the verdict.

The page's scripts lie beside this file and in ``parts``, small and in the order in which they are read; nothing builds
them.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import asdict

from shave.plan import Plan
from shave.verbs.keeping import keep_below, keep_unit
from shave.verbs.summary import Summary
from shave.views.page import asset, data, page, shown
from shave.views.report.path_columns import path_columns
from shave.views.units import megabytes
from shave.views.visible import one_line

SCRIPTS = (
    "parts/words.js",
    "report/files.js",
    "parts/paths.js",
    "parts/table.js",
    "parts/sections.js",
    "report/tree.js",
    "report/sections.js",
)
STYLES = ("parts/parts.css", "report/report.css")

_BODY = """<header>
<h1>{reference}</h1>
<p class="soft">{outcome}</p>
<dl class="figures">{figures}</dl>
<nav aria-label="Sections"><a href="#files">Kept and dropped</a> <a href="#grains">Grains</a> <a href="#units">Units</a>
<a href="#listings">Listed directories</a> <a href="#reasons">Reasons</a> <a href="#verdict">Verdict</a></nav>
</header>
<noscript><p>The tables need JavaScript; this page loads nothing from elsewhere.</p></noscript>
<main></main>
<footer><p>next: {next}</p><p>MB is 10<sup>6</sup> bytes. A file of several names (hard links) counts at one of them.
<span class="path">shave why</span> tells all reasons of a path; here is the foremost.</p></footer>
{data}"""


def html(summary: Summary, plan: Plan) -> bytes:
    """The page."""
    body = _BODY.format(
        reference=shown(one_line(summary.input)),
        outcome=shown(_outcome(summary)),
        figures="".join(f"<div><dt>{name}</dt><dd>{shown(count)}</dd></div>" for name, count in _figures(summary)),
        next=shown(one_line(summary.next)),
        data=data("slimmed", _document(summary, plan)),
    )
    script, style = ("".join(map(asset, names)) for names in (SCRIPTS, STYLES))
    return page(f"shave slim {summary.input}", body, style, script)


def _outcome(summary: Summary) -> str:
    thin = ", for the evidence is thin: only proven waste goes, and packages nobody asked for" if summary.thin else ""
    verdict = f", verdict {summary.verdict.verdict}" if summary.verdict else ""
    where = f", written to {one_line(summary.output)}" if summary.output else ", nothing written"
    return f"{summary.outcome}{verdict}{where}, grain {summary.grain}{thin}"


def _figures(summary: Summary) -> Iterator[tuple[str, str]]:
    before, after = summary.original, summary.result
    if after:
        packed = megabytes(after.packed_bytes, after.packed_estimated)
        yield "packed", f"{megabytes(before.packed_bytes, before.packed_estimated)} → {packed}"
        yield "unpacked", f"{megabytes(before.unpacked_bytes)} → {megabytes(after.unpacked_bytes)}"
    chosen = next((price for price in summary.prices if price.grain == summary.grain), None)
    if chosen:
        yield "content", f"{megabytes(before.content_bytes)} → {megabytes(chosen.content_bytes)}"


def _document(summary: Summary, plan: Plan) -> dict[str, Any]:
    return {
        "grain": summary.grain,
        "prices": msgspec.to_builtins(summary.prices),
        "units": [asdict(unit) | {"keep": keep_unit(unit.unit)} for unit in summary.units],
        "listings": [asdict(found) | {"keep": keep_below(found.path)} for found in summary.listings],
        "judgements": [
            {"probe": judged.probe, "verdict": judged.verdict, "reason": judged.reason, "masked": judged.masked}
            for judged in (summary.verdict.judgements if summary.verdict else ())
        ],
        "files": path_columns(plan),
    }
