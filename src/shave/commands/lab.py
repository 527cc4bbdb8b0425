"""``shave lab build|run|report|export``."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
from msgspec.structs import replace

from shave import lab_file, quantity
from shave.commands.options import Verb, view, viewing
from shave.commands.progress import progress
from shave.compression import packing
from shave.documents import document, parse
from shave.errors import CannotError, UsageError
from shave.lab_state import open_state
from shave.verbs import lab_build, lab_export, lab_report, lab_run
from shave.verbs.lab_chosen import chosen
from shave.verbs.lab_judged import Judged
from shave.verbs.lab_records import Builds, Runs
from shave.verbs.lab_records import built as built_rows
from shave.verbs.lab_records import ran as ran_rows
from shave.verbs.lab_reported import Report
from shave.verbs.lab_weighing import weighed
from shave.verbs.pull import Link
from shave.views import lab as views
from shave.views import lab_records

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])

_BUILT: dict[str, Callable[[Builds], str]] = {
    "text": lab_records.built,
    "json": lambda builds: document("lab-build", builds, indent=1).decode(),
}
_RAN: dict[str, Callable[[Runs], str]] = {
    "text": lab_records.ran,
    "json": lambda runs: document("lab-run", runs, indent=1).decode(),
}
_REPORTS: dict[str, Callable[[Report], str | bytes]] = {
    "text": views.text,
    "markdown": views.markdown,
    "json": lambda report: document("lab", report, indent=1),
    "html": views.html,
}


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="A lab is a directory of files named Dockerfile.PROGRAM.BUILDER[.RUNNER], or has a lab.toml (docs/labs.md).",
)
def lab() -> None:
    """Build every variant of a program, run them, explain the failures, compare what they cost."""


def _lab() -> Callable[[_Decorated], _Decorated]:
    """The directory, which variants of it, and where results are kept."""
    decorators = (
        click.argument("directory", metavar="[DIR]", default=".", type=click.Path(exists=True, path_type=Path)),
        click.option("--only", multiple=True, metavar="GLOB", help="Only variants of these names (repeatable)."),
        click.option(
            "--state", type=click.Path(file_okay=False, path_type=Path), help="Where results are kept [XDG state]."
        ),
    )

    def decorate(command: _Decorated) -> _Decorated:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


@lab.command(cls=Verb)
@_lab()
@click.option("--builder", default="auto", show_default=True, help="What builds: auto, or one by name.")
@click.option(
    "--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, metavar="N", help="Builds at once [cores]."
)
@click.option("--tag", metavar="NAME", help="Images are named NAME:VARIANT [the lab's name].")
@click.option("--network", metavar="NAME", default="", help="Network of builds, such as host [the builder's default].")
@click.option("--again", is_flag=True, help="Build what has not changed, too.")
@viewing(*_BUILT)
def build(directory: Path, **params: Any) -> int:
    """Build the variants of the lab in DIR; those that have not changed since are there already.

    Exit code 1 if a variant that should be built cannot be, or one that should not can. One that fails stops no other.
    """
    found = lab_file.load(directory)
    wanted = lab_build.BuildWanted(
        params["only"], params["jobs"], params["tag"] or "", params["again"], params["network"]
    )
    with progress(view(params)) as sink:
        state = open_state(_home(directory), params["state"], sink)
        with state.alone():
            records = lab_build.build(found, _home(directory), state, params["builder"], wanted, sink)
    answer = built_rows(found, records, str(directory))
    click.echo(_BUILT[params["format_"]](answer), nl=False)
    return _code(row.judged for row in answer.variants)


@lab.command(cls=Verb)
@_lab()
@click.option("--runner", default="auto", show_default=True, help="What runs containers: auto, or one by name.")
@click.option("--again", is_flag=True, help="Run images that were run before, too.")
@viewing(*_RAN)
def run(directory: Path, **params: Any) -> int:
    """Run the variants that are built: do they work, how soon do they start, and if not, why?

    One that exits 0 or becomes ready works, or with probes in lab.toml one that answers them. Exit code 1 if something
    is otherwise than expected.
    """
    found = lab_file.load(directory)
    wanted = lab_run.RunWanted(params["only"], params["runner"], params["again"])
    with progress(view(params)) as sink:
        state = open_state(_home(directory), params["state"], sink)
        with state.alone():
            builds = state.builds()
            records = lab_run.run(found, builds, state.runs(), wanted, state.save, sink)
    answer = ran_rows(found, builds, records, str(directory))
    click.echo(_RAN[params["format_"]](answer), nl=False)
    if records and all(record.verdict == "not run" for record in records):
        raise CannotError(f"no variant could be run: {records[0].message}", "shave lab run tries again")
    return _code(row.judged for row in answer.variants)


@lab.command(cls=Verb)
@_lab()
@click.option("--link", multiple=True, metavar="1Mbit/s", help="How long a pull takes over this [lab.toml's].")
@click.option("--rtt", metavar="50ms", default="50ms", show_default=True, help="Round trip to the registry.")
@click.option("--compression", metavar="zstd[:1-22]|gzip[:1-9]", help="Packed bytes in this, too.")
@click.option(
    "--compare", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="An older report, as JSON."
)
@viewing(*_REPORTS)
def report(directory: Path, **params: Any) -> int:
    """What every variant costs, which works and why not, which are worth having.

    Exit code 1 if something is otherwise than expected.
    """
    every = lab_file.load(directory)
    found = replace(every, variants=chosen(every, params["only"]))
    rtt = quantity.duration(params["rtt"], "--rtt")
    links = [Link(quantity.rate(link, "--link"), rtt) for link in params["link"] or found.links]
    compression = params["compression"] or ""
    previous = _previous(params["compare"]) if params["compare"] else None
    with progress(view(params)) as sink:
        state = open_state(_home(directory), params["state"], sink)
        names = {variant.name for variant in found.variants}
        builds = {name: record for name, record in state.builds().items() if name in names}
        weights = weighed(builds, packing(compression) if compression else None, sink)
        answer = lab_report.report(found, builds, state.runs(), weights, links, compression, previous, str(directory))
    click.echo(_REPORTS[params["format_"]](answer), nl=False)
    return 1 if answer.unmet else 0


@lab.command("export", cls=Verb)
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path(exists=True, path_type=Path))
@click.option("--err", is_flag=True, help="Those that are expected not to build instead.")
@click.option("--tag", metavar="NAME", help="Images are named NAME:VARIANT [the lab's name].")
def export_(directory: Path, err: bool, tag: str | None) -> None:
    """Print a Compose file that builds the variants which are expected to build."""
    found, home = lab_file.load(directory), _home(directory)
    wanted = lab_export.fails if err else lab_export.builds
    text = lab_export.export(found, wanted, tag or found.name, lambda name: (home / name).is_file())
    click.echo(text.encode("utf-8", "surrogateescape"), nl=False)


def _home(directory: Path) -> Path:
    """The directory of a lab that may be given by its file."""
    return directory.parent if directory.is_file() else directory


def _previous(path: Path) -> Report:
    try:
        found: Report = parse(path.read_bytes(), "lab", Report)
    except (OSError, ValueError) as error:
        hint = "give what --format json wrote"
        raise UsageError(f"--compare: {path} is no report of a lab: {error}", hint) from error
    return found


def _code(judged: Iterable[Judged]) -> int:
    return 1 if any(each.held is False for each in judged) else 0
