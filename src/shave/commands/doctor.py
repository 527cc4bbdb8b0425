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
@click.option("--run", is_flag=True, help="Start it too, ask the probes, and name what that showed.")
@running()
@platform()
@registry()
@viewing(*_VIEWS)
def doctor(reference: str, run: bool, **params: Any) -> int:
    """Say why the image REF will not start, and what it will miss when it does.

    Its files say so, without a start; each cause comes with its evidence and its fix. Exit code 1 if something stops it
    or, with --run, it was seen to fail; 0 if it only misses something. What stands after -- replaces the image's CMD.
    """
    asked = settings(params)
    with (
        progress(view(params)) as sink,
        api.open(reference, parse_platform(params["platform_"]), sink, trust(params)) as image,
    ):
        found = api.doctor(image, asked, runner=params["runner"] if run else None, sink=sink)
    click.echo(_VIEWS[params["format_"]](found), nl=False)
    return 1 if found.failed else 0
