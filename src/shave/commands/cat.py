"""``shave cat REF PATH``."""

import sys
from typing import Any

import click

from shave import api
from shave.commands.options import Verb, parse_platform, platform, registry, trust, view, viewing
from shave.commands.progress import progress
from shave.verbs.cat import contents, find


@click.command(cls=Verb)
@click.argument("reference", metavar="REF")
@click.argument("path", metavar="PATH")
@platform()
@registry()
@viewing()
def cat(reference: str, path: str, **params: Any) -> None:
    """Print the file at PATH in the image REF, as it is.

    Layers are read from the top down to the one that has it.
    """
    with (
        progress(view(params)) as sink,
        api.open(reference, parse_platform(params["platform_"]), sink, trust(params)) as image,
    ):
        found = find(image, path, sink)
        for piece in contents(image, found):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
