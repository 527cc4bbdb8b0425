"""``shave build SPEC``."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from shave import api, architectures, lock_file, spec_file
from shave.commands.build_report import write_report
from shave.commands.options import (
    Params,
    Verb,
    over,
    parse_platform,
    registry,
    running,
    settings,
    tracing,
    trust,
    view,
    viewing,
)
from shave.commands.progress import progress
from shave.commands.report import make_directory
from shave.compression import GZIP, packing
from shave.config import Settings
from shave.documents import document
from shave.errors import UsageError
from shave.reference import parse
from shave.sources import locate
from shave.spec import BASES, Spec
from shave.stopwatch import Stopwatch
from shave.verbs.build import Built, Wanted
from shave.verbs.built import BuildSummary, summarise
from shave.verbs.locking import digest
from shave.views.build import markdown, text
from shave.views.spec_text import spec_text

_VIEWS: dict[str, Callable[[BuildSummary], str]] = {
    "text": text,
    "json": lambda summary: document("build", summary, indent=1).decode(),
    "markdown": markdown,
}


@click.command(cls=Verb, epilog=f"Bases of a spec: {', '.join(BASES)}. docs/build.md says what is in each.")
@click.argument("spec", metavar="SPEC", required=False, type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="REF", help="Where the image is written [nowhere].")
@click.option("--lock", is_flag=True, help="Write SPEC.lock: what the spec came to, by version and hash.")
@click.option("--locked", is_flag=True, help="Build from SPEC.lock alone, offline where all is cached.")
@click.option("--platform", "platform_", metavar="OS/ARCH[/VARIANT]", help="What the image is for [the spec's].")
@click.option("--flatten", is_flag=True, help="One layer instead of one for each origin.")
@click.option("--manifest", is_flag=True, help="A list of every path, its package and the reason, inside the image.")
@click.option("--compression", metavar="gzip[:1-9]|zstd[:1-22]|none", help="How layers are compressed [gzip].")
@click.option("--report", type=click.Path(file_okay=False, path_type=Path), help="Directory for report and SBOM.")
@click.option("--from-image", metavar="REF", help="Print a spec that gives what this image uses; build nothing.")
@tracing()
@running()
@registry()
@viewing(*_VIEWS)
def build(spec: Path | None, from_image: str | None, **params: Any) -> int:
    """Make the image that the file SPEC describes: Debian packages, packages of languages, files of yours.

    It is put together without a daemon and without root, checked, asked the spec's probes, and written only if it can
    start and answers. The same spec, lock and files give the same bytes.

    With --from-image an image is started under trace as shave slim does, and a spec for it is printed.
    """
    if from_image:
        click.echo(_proposed(from_image, spec, params), nl=False)
        return 0
    if spec is None:
        raise UsageError("there is no spec to build", "give its file, or --from-image REF for a first one")
    if params["lock"] and params["locked"]:
        raise UsageError("--lock resolves anew, --locked does not resolve", "leave one of them out")
    with progress(view(params)) as sink:
        watch = Stopwatch(sink)
        summary = _built(spec, params, watch)
    click.echo(_VIEWS[params["format_"]](summary), nl=False)
    return 1 if summary.outcome == "refused" else 0


def _built(path: Path, params: Params, watch: Stopwatch) -> BuildSummary:
    """Build, write what was asked for, and say what it came to."""
    spec, wanted, report = _spec(path, params), _wanted(params), params["report"]
    target = parse(params["output"]) if params["output"] else None
    place = lock_file.place(path)
    lock = lock_file.read(place, digest(spec, path.parent)) if params["locked"] else None
    if report:
        make_directory(report)
    with api.build(spec, path.parent, lock, wanted, runner=params["runner"], sink=watch) as built:
        if built.image and target:
            api.copy(built.image, target, sink=watch, trust=trust(params))
        if built.image and params["lock"]:
            lock_file.write(built.lock, place)
        summary = summarise(
            built,
            spec,
            reference=str(path),
            output=str(target) if built.image and target else "",
            lock=str(place) if lock or (built.image and params["lock"]) else "",
            unasked=_unasked(built, spec, params),
            seconds=watch.seconds,
        )
        if report:
            write_report(report, summary, built)
    return summary


def _spec(path: Path, params: Params) -> Spec:
    """The spec with the options of the command line over it."""
    if params["config"]:
        raise UsageError("--config: the spec itself says how it is run and probed", "leave it out")
    spec = spec_file.load(path)
    asked = over(Settings(spec.run, spec.probes), params)
    platform = parse_platform(params["platform_"])
    architecture = architectures.of_platform(platform) if platform else spec.architecture
    return replace(spec, run=asked.run, probes=asked.probes, architecture=architecture)


def _wanted(params: Params) -> Wanted:
    compression = packing(params["compression"]) if params["compression"] else GZIP
    return Wanted(_epoch(), params["flatten"], params["manifest"], compression, trust(params))


def _epoch() -> int | None:
    """Seconds since 1970. Source: reproducible-builds.org, "SOURCE_DATE_EPOCH"."""
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if text and not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise UsageError(f"SOURCE_DATE_EPOCH is {text!r}, which is no time", "give seconds since 1970, or unset it")
    return int(text) if text else None


def _unasked(built: Built, spec: Spec, params: Params) -> str:
    """Why no probe was asked of an image that could be built."""
    if built.probes or not built.image:
        return ""
    if params["no_probe"]:
        return "not asked: --no-probe"
    platform = built.image.config.platform
    return f"not asked: this machine does not run {platform}" if spec.probes else "none: the spec has no [[probe]]"


def _proposed(reference: str, spec: Path | None, params: Params) -> str:
    """A spec for the image, as TOML."""
    building = ("output", "lock", "locked", "flatten", "manifest", "compression", "report")
    given = [f"--{name}" for name in building if params[name]]
    if spec is not None or given:
        raise UsageError(f"--from-image builds nothing, and {given[0] if given else spec} is for that", "leave it out")
    asked, chosen = settings(params), parse_platform(params["platform_"])
    with progress(view(params)) as sink, api.open(locate(reference), chosen, sink, trust(params)) as image:
        proposal = api.propose(image, asked, runner=params["runner"], tracer=params["tracer"], sink=sink)
    return spec_text(proposal, f"What {reference} uses.")
