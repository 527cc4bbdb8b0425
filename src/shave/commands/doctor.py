"""``shave doctor REF``."""

from collections.abc import Callable
from typing import Any

import click

from shave import api
from shave.commands.options import Verb, parse_platform, platform, registry, running, settings, trust, view, viewing
from shave.commands.progress import progress
from shave.documents import document
from shave.verbs.doctor import Doctored
from shave.views.doctor import markdown, text

_VIEWS: dict[str, Callable[[Doctored], str]] = {
    "text": text,
    "json": lambda found: document("doctor", found, indent=1).decode(),
    "markdown": markdown,
}


@click.command(cls=Verb)
@click.argument("reference", metavar="REF")
@running()
@platform()
@registry()
@viewing(*_VIEWS)
def doctor(reference: str, **params: Any) -> int:
    """Say why the image REF will not start, and what it will miss when it does; nothing is started.

    Each cause comes with its evidence and its fix. Exit code 1 if something stops the start, 0 if it is only missed.
    What stands after -- replaces the image's CMD.
    """
    asked = settings(params)
    with (
        progress(view(params)) as sink,
        api.open(reference, parse_platform(params["platform_"]), sink, trust(params)) as image,
    ):
        found = api.doctor(image, asked.run, sink=sink)
    click.echo(_VIEWS[params["format_"]](found), nl=False)
    return 1 if found.stopped else 0
