"""``shave trace REF``."""

from pathlib import Path
from typing import Any

import click

from shave import api, evidence_files
from shave.commands.attach import attach, attachment
from shave.commands.options import (
    Verb,
    parse_platform,
    platform,
    registry,
    running,
    settings,
    tracing,
    trust,
    view,
    viewing,
)
from shave.commands.progress import progress
from shave.documents import document
from shave.events import Remark
from shave.sources import locate
from shave.stopwatch import Stopwatch
from shave.verbs.trace import summarise
from shave.views import trace as views


@click.command(cls=Verb)
@click.argument("reference", metavar="REF")
@click.option(
    "--evidence",
    "evidence_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what was seen to this file, with what it says already.",
)
@click.option(
    "--attach",
    "socket",
    type=click.Path(path_type=Path),
    metavar="SOCK",
    help="Start nothing: trace the containers of others that attach to this socket, until Ctrl-C.",
)
@click.option(
    "--profile",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the seccomp profile for --attach is written [default: beside SOCK].",
)
@tracing()
@running()
@platform()
@registry()
@viewing("text", "json")
def trace(reference: str, evidence_file: Path | None, socket: Path | None, profile: Path | None, **params: Any) -> int:
    """Run the probes on the image REF and see which of its paths they use.

    The evidence file outlives the image: files merge line by line, and shave slim --evidence applies them to the next
    build. Exit code 1 if a probe fails. What stands after -- replaces the image's CMD.
    """
    with progress(view(params)) as sink:
        watch = Stopwatch(sink)
        source = locate(reference)
        asked, chosen = settings(params), parse_platform(params["platform_"])
        place = attachment(socket, profile, evidence_file) if socket else None
        before = evidence_files.writable(evidence_file) if evidence_file else None
        sink(Remark(f"reading {source}"))
        with api.open(source, chosen, watch, trust(params)) as image:
            if not place:
                traced = api.trace(image, asked, runner=params["runner"], tracer=params["tracer"], sink=watch)
            else:
                known = api.known(image, watch)
        if place:
            traced = attach(known, place, watch)
        merged = None
        if evidence_file and before:
            after = evidence_files.merge(evidence_file, traced.file).file
            # not what the merge says: --attach has merged before
            merged = evidence_files.Merged(after, len(after.uses) - len(before.uses))
    summary = summarise(
        traced, reference=str(source), written=str(evidence_file or ""), merged=merged, seconds=watch.seconds
    )
    click.echo(
        views.text(summary) if params["format_"] == "text" else document("trace", summary, indent=1).decode(), nl=False
    )
    return 1 if any(row.failure for row in summary.probes) else 0
