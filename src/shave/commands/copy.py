"""``shave copy REF REF``."""

from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from shave.commands.opening import opened
from shave.commands.options import Verb, registry, trust, view, viewing
from shave.commands.progress import progress
from shave.compression import packing
from shave.documents import document
from shave.errors import UsageError
from shave.reference import Reference, parse
from shave.sources import locate
from shave.stopwatch import Stopwatch
from shave.verbs.copy import Change
from shave.verbs.copy import copy as copy_verb
from shave.views.copy import text
from shave.workspace import workspace


@click.command(cls=Verb)
@click.argument("source", metavar="REF")
@click.argument("target", metavar="REF")
@click.option("--platform", "platform_", metavar="OS/ARCH[/VARIANT]|all", help="Which image of an index, or all.")
@click.option("--compression", metavar="gzip[:1-9]|zstd[:1-22]|none", help="Compress the layers anew.")
@click.option("--squash", is_flag=True, help="One layer with all that the image shows.")
@registry()
@viewing("text", "json")
def copy(source: str, target: str, **params: Any) -> None:
    """Copy the image at the first REF to the second.

    Blobs, manifest and config stay the same byte for byte unless a change is asked for; an engine or an archive of
    docker save keeps the config alone, and what comes from there goes to a registry as gzip. Only what the target lacks
    is copied, and every digest is verified.
    """
    compression = params["compression"]
    change = Change(packing(compression) if compression else None, params["squash"])
    found = locate(source)
    chosen = _elsewhere(found, parse(target))
    with progress(view(params)) as sink:
        watch = Stopwatch(sink)
        with opened(found, params, watch) as images, workspace() as directory:
            copied = copy_verb(images, chosen, change, directory, watch, trust(params))
            copied = replace(copied, seconds=round(watch.seconds["total"], 3))  # with what an engine's export took
    click.echo(text(copied) if params["format_"] == "text" else document("copy", copied, indent=1).decode(), nl=False)


def _elsewhere(source: Reference, target: Reference) -> Reference:
    """The target, unless writing it would take the original away, or other images of its archive."""
    archives = "archive" in source.transport and "archive" in target.transport
    if archives and Path(source.name).resolve() == Path(target.name).resolve():
        raise UsageError(f"{target} is the original, which would be lost", "copy it to another file")
    return target
