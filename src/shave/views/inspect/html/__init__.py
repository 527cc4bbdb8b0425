"""The answer of ``shave inspect`` as one page that needs no network: findings, a map of the bytes, every file.

The page's scripts lie beside this file and in ``parts``, small and in the order in which they are read; nothing builds
them.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from shave.finding import Finding
from shave.verbs.inspected import FileRow, Inspected
from shave.views.inspect import rows
from shave.views.inspect.html.file_columns import file_columns
from shave.views.page import asset, data, page, shown
from shave.views.visible import one_line

SCRIPTS = (
    "parts/words.js",
    "inspect/html/files.js",
    "parts/paths.js",
    "parts/table.js",
    "inspect/html/squarify.js",
    "inspect/html/nodes.js",
    "inspect/html/map.js",
    "parts/sections.js",
    "inspect/html/sections.js",
)
STYLES = ("parts/parts.css", "inspect/html/inspect.css")
_PLACES = 200

_BODY = """<header>
<h1>{reference}</h1>
<p class="soft">{platform} <span class="path">{digest}</span></p>
<dl class="figures">{figures}</dl>
<p class="savings">{savings}</p>
<p class="soft">{base}</p>
<nav aria-label="Sections"><a href="#findings">Findings</a> <a href="#map">Map</a> <a href="#layers">Layers</a>
<a href="#units">Units</a> <a href="#unowned">Unowned</a> <a href="#files">Files</a></nav>
</header>
<noscript><p>The tables and the map need JavaScript; this page loads nothing from elsewhere.</p></noscript>
<main></main>
<footer><p>next: {next}</p><p>MB is 10<sup>6</sup> bytes. {note}</p></footer>
{data}"""


def html(inspected: Inspected, files: Iterable[FileRow]) -> bytes:
    """The page. Of each finding's places it has the first few hundred; JSON has them all."""
    body = _BODY.format(
        reference=shown(one_line(inspected.reference)),
        platform=shown(inspected.platform),
        digest=shown(inspected.digest),
        figures="".join(f"<div><dt>{name}</dt><dd>{count}</dd></div>" for name, count in _figures(inspected)),
        savings=shown(rows.savings(inspected)),
        base=shown(rows.base(inspected.base)) if inspected.base else "",
        next=shown(one_line(inspected.next)),
        note="~ marks estimates: the source has no compressed layers." if inspected.measures.packed_estimated else "",
        data=data("inspected", _document(inspected, files)),
    )
    script, style = ("".join(map(asset, names)) for names in (SCRIPTS, STYLES))
    return page(f"shave inspect {inspected.reference}", body, style, script)


def _figures(inspected: Inspected) -> Iterable[tuple[str, str]]:
    return ((shown(name), shown(count)) for name, count in rows.figures(inspected))


def _document(inspected: Inspected, files: Iterable[FileRow]) -> dict[str, Any]:
    findings = [_finding(finding) for finding in inspected.findings]
    return {**msgspec.to_builtins(replace(inspected, findings=())), "findings": findings, "files": file_columns(files)}


def _finding(finding: Finding) -> dict[str, Any]:
    first = replace(finding, places=finding.places[:_PLACES])
    return {**msgspec.to_builtins(first), "all_places": len(finding.places)}
