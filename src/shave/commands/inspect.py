"""``shave inspect REF``."""

from contextlib import ExitStack
from typing import Any

import click

from shave import api
from shave.commands.options import Verb, parse_platform, platform, registry, trust, view, viewing
from shave.commands.progress import progress
from shave.documents import document
from shave.errors import UsageError
from shave.globs import matcher
from shave.verbs.inspected import Inspected, Listing
from shave.views import inspect as views


@click.command(cls=Verb)
@click.argument("reference", metavar="REF")
@click.option("--base", metavar="REF", help="The image it was built on; else what it says of itself, or its history.")
@click.option("--path", "globs", multiple=True, metavar="GLOB", help="List the files there instead (repeatable).")
@platform()
@registry()
@viewing("text", "json", "markdown", "html")
def inspect(reference: str, base: str | None, globs: tuple[str, ...], **params: Any) -> None:
    """Show where the bytes of the image REF come from, and what of them is waste.

    By layer and instruction, by package, by directory; findings are ranked by the packed bytes that their fix saves.
    """
    if globs and params["format_"] not in ("text", "json"):
        raise UsageError(f"--path lists files as text or json, not as {params['format_']}")
    chosen = parse_platform(params["platform_"])
    with progress(view(params)) as sink, ExitStack() as opened:
        image = opened.enter_context(api.open(reference, chosen, sink, trust(params)))
        given = opened.enter_context(api.open(base, chosen, sink, trust(params))) if base else None
        explained = api.explain(image, sink) if globs or params["format_"] == "html" else None
        found = api.inspect(explained or image, given, sink)
    if explained is None:
        click.echo(_show(found, params["format_"]), nl=False)
    elif globs:
        wanted = matcher(globs)
        rows = (row for row in api.files(explained, found.findings) if wanted(row.path))
        click.echo(_list(Listing(found.reference, found.digest, tuple(rows)), params["format_"]), nl=False)
    else:
        click.echo(views.html(found, api.files(explained, found.findings)), nl=False)


def _list(listing: Listing, form: str) -> str | bytes:
    return document("files", listing, indent=1) if form == "json" else views.file_list(listing.files)


def _show(found: Inspected, form: str) -> str | bytes:
    if form == "json":
        return document("inspect", found, indent=1)
    return views.markdown(found) if form == "markdown" else views.text(found)
