"""``shave diff REF REF``."""

from typing import Any

import click

from shave import api
from shave.commands.options import Verb, parse_platform, platform, registry, trust, view, viewing
from shave.commands.progress import progress
from shave.documents import document
from shave.sources import locate
from shave.views import diff as views


@click.command(cls=Verb)
@click.argument("before", metavar="REF")
@click.argument("after", metavar="REF")
@click.option("--path", "globs", multiple=True, metavar="GLOB", help="Only the paths that match (repeatable).")
@platform()
@registry()
@viewing("text", "json", "markdown")
def diff(before: str, after: str, globs: tuple[str, ...], **params: Any) -> None:
    """Show what changed from the first image REF to the second: by layer, by package, by path, in bytes.

    And what a node that has the first pulls for the second. Differences alone never change the exit code.
    """
    chosen = parse_platform(params["platform_"])
    first, second = locate(before), locate(after)
    with (
        progress(view(params)) as sink,
        api.open(first, chosen, sink, trust(params)) as one,
        api.open(second, chosen, sink, trust(params)) as two,
    ):
        diffed = api.diff(one, two, globs, sink)
    if params["format_"] == "json":
        answer = document("diff", diffed, indent=1).decode()
    else:
        answer = views.text(diffed) if params["format_"] == "text" else views.markdown(diffed)
    click.echo(answer, nl=False)
