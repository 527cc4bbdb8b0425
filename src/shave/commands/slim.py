"""``shave slim REF``."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from shave import api, evidence_files, plans
from shave.commands.options import (
    Params,
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
from shave.commands.report import make_directory, write_report
from shave.documents import document
from shave.errors import UsageError
from shave.events import Remark, Sink
from shave.image import Image
from shave.plan import GRAINS
from shave.reference import Reference, parse, slim_name
from shave.sources import locate
from shave.stopwatch import Stopwatch
from shave.trust import Trust
from shave.verbs.roots import Wish
from shave.verbs.slim import Slimmed, Wanted
from shave.verbs.summary import Summary, summarise
from shave.views import markdown, text


@click.command(cls=Verb)
@click.argument("reference", metavar="REF")
@click.option("-o", "--output", metavar="REF", help="Where the result is written [engine images: NAME:TAG-slim].")
@click.option(
    "--grain",
    type=click.Choice(GRAINS),
    default="unit",
    show_default=True,
    help="How far evidence is widened: what was used, the units around it, or all but proven waste.",
)
@click.option("--app", is_flag=True, help="Keep application directories whole (WORKDIR, what COPY and ADD brought).")
@click.option("--keep", multiple=True, metavar="GLOB", help="Keep these paths and what they need (repeatable).")
@click.option("--keep-unit", "keep_units", multiple=True, metavar="UNIT", help="Keep a unit whole (repeatable).")
@click.option("--drop", multiple=True, metavar="GLOB", help="Drop these paths whatever uses them (repeatable).")
@click.option("--flatten", is_flag=True, help="One layer instead of the original's.")
@click.option("--previous", metavar="REF", help="An earlier result, whose layers stay where they still serve.")
@click.option("--dry-run", is_flag=True, help="Stop at the plan.")
@click.option("--allow-unverified", is_flag=True, help="Write the result even if it does not behave the same.")
@click.option(
    "--report", type=click.Path(file_okay=False, path_type=Path), help="Directory for plan, evidence, report."
)
@click.option(
    "--evidence",
    "evidence_paths",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Plan from this file of shave trace instead of a trace (repeatable).",
)
@tracing()
@running()
@platform()
@registry()
@viewing("text", "json", "markdown")
def slim(reference: str, output: str | None, report: Path | None, **params: Any) -> int:
    """Make the image REF smaller and prove that it behaves the same.

    The image is started and probed under trace; what it used and what that needs is kept; the result is started and
    probed in the same way, and written only if it answers the same. What stands after -- replaces the image's CMD.

    With --evidence nothing is traced: the evidence of earlier runs, of this build or another, says what was used.
    """
    with progress(view(params)) as sink:
        watch = Stopwatch(sink)
        source = locate(reference)
        target = _target(source, output, params["dry_run"])
        asked, chosen = settings(params), parse_platform(params["platform_"])  # refused before a long export
        wanted, previous = _wanted(params), locate(params["previous"]) if params["previous"] else None
        if report:
            make_directory(report)
        sink(Remark(f"reading {source}"))
        with (
            api.open(source, chosen, watch, trust(params)) as image,
            _opened(previous, image, watch, trust(params)) as earlier,
            api.slim(
                image,
                asked,
                wanted,
                previous=earlier,
                runner=params["runner"],
                tracer=params["tracer"],
                sink=watch,
            ) as slimmed,
        ):
            written = _write(slimmed, target, watch, trust(params))
            _remember(image, slimmed)
        where = str(report / "report.html") if report else ""
        summary = summarise(slimmed, reference=str(source), output=written, seconds=watch.seconds, report=where)
        if report:
            write_report(report, summary, slimmed)
    click.echo(_VIEWS[params["format_"]](summary), nl=False)
    return 1 if slimmed.outcome == "refused" else 0


_VIEWS: dict[str, Callable[[Summary], str]] = {
    "text": text.slim,
    "markdown": markdown.slim,
    "json": lambda summary: document("slim", summary, indent=1).decode(),
}


_NAMING = ("docker", "docker-daemon", "containers-storage")


def _target(source: Reference, output: str | None, dry_run: bool) -> Reference | None:
    if dry_run:
        return None
    if output:
        return _elsewhere(source, parse(output))
    if source.transport == "docker-daemon":
        return slim_name(source)
    registry_said = "docker:// names a registry: " if source.transport == "docker" else ""
    hint = f"{registry_said}give it with -o, such as -o {slim_name(source)}"
    raise UsageError(f"where shall the result of {source} go?", hint)


def _elsewhere(source: Reference, target: Reference) -> Reference:
    """The target, unless writing it would take the original away."""
    archives = "archive" in source.transport and "archive" in target.transport
    if archives and Path(source.name).resolve() == Path(target.name).resolve():
        raise UsageError(f"{target} is the original, which would be lost", "write the result to another file")
    if target.transport == "docker-archive" and not target.tag and source.transport in _NAMING:
        with suppress(UsageError):  # loaded by its original's name, it would take that over
            named = slim_name(source)
            return replace(target, tag=f"{named.name}:{named.tag}")
    return target


def _opened(
    previous: Reference | None, image: Image, sink: Sink, trusted: Trust
) -> AbstractContextManager[Image | None]:
    """The earlier result that is for the platform of ``image``."""
    if previous is None:
        return nullcontext()
    sink(Remark(f"reading {previous}"))
    return api.open(previous, image.config.platform if image.config.architecture else None, sink, trusted)


def _wanted(params: Params) -> Wanted:
    if params["previous"] and params["flatten"]:
        raise UsageError("--flatten makes one layer, --previous keeps those of before", "leave one of them out")
    wish = Wish(params["grain"], params["app"], params["keep"], params["drop"], params["keep_units"])
    evidence = evidence_files.load(params["evidence_paths"]) if params["evidence_paths"] else None
    return Wanted(wish, params["flatten"], params["dry_run"], params["allow_unverified"], evidence)


def _write(slimmed: Slimmed, target: Reference | None, sink: Sink, trusted: Trust) -> str:
    if slimmed.image is None or target is None:
        return ""
    api.copy(slimmed.image, target, sink=sink, trust=trusted)
    return str(target)


def _remember(image: Image, slimmed: Slimmed) -> None:
    if slimmed.outcome != "unchanged":
        result = (slimmed.image.config_digest,) if slimmed.image else ()
        plans.remember(slimmed.plan, image.config_digest, *result)
