"""``shave size REF...``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from shave import quantity
from shave.commands.opening import opened
from shave.commands.options import Params, Verb, registry, view, viewing
from shave.commands.progress import progress
from shave.documents import document
from shave.errors import ShaveError
from shave.events import Sink
from shave.sources import locate
from shave.verbs.pull import Link
from shave.verbs.size import Reading, Sized, Weight, weigh
from shave.verbs.size import size as size_verb
from shave.views.size import html, markdown, text

_VIEWS: dict[str, Callable[[Sized], str | bytes]] = {
    "text": text,
    "json": lambda sized: document("size", sized, indent=1),
    "markdown": markdown,
    "html": html,
}


@click.command(cls=Verb)
@click.argument("references", metavar="REF...", nargs=-1, required=True)
@click.option("--platform", "platform_", metavar="OS/ARCH[/VARIANT]|all", help="Which images of an index, or all.")
@click.option("--baseline", metavar="REF", help="What ratios are to [default: the first].")
@click.option("--deep", is_flag=True, help="Read the layers of images in registries too.")
@click.option("--packed", is_flag=True, help="Compress layers that the source has uncompressed, to count exactly.")
@click.option("--link", multiple=True, metavar="1Mbit/s", help="How long a pull takes over this (repeatable).")
@click.option("--rtt", metavar="50ms", default="50ms", show_default=True, help="Round trip to the registry.")
@click.option("--has", multiple=True, metavar="REF", help="And on a node that has this image (repeatable).")
@registry()
@viewing(*_VIEWS)
def size(references: tuple[str, ...], **params: Any) -> None:
    """What images cost: packed, unpacked, content and wasted bytes, ratios, pull times, what they share.

    Of an image in a registry only the manifest is read, which tells its packed bytes.
    """
    rtt = quantity.duration(params["rtt"], "--rtt")
    links = [Link(quantity.rate(link, "--link"), rtt) for link in params["link"]]
    baseline = (params["baseline"],) if params["baseline"] else ()
    with progress(view(params)) as sink:
        weighed = dict(_weighed((*references, *baseline, *params["has"]), params, sink))
    weights, against, has = (
        [weight for name in dict.fromkeys(names) for weight in weighed[name]]
        for names in (references, baseline, params["has"])
    )
    click.echo(_VIEWS[params["format_"]](size_verb(weights, against, has, links)), nl=False)


def _weighed(names: tuple[str, ...], params: Params, sink: Sink) -> Iterator[tuple[str, tuple[Weight, ...]]]:
    """Each name with its images, weighed one after the other: an engine's export lies on the disk meanwhile."""
    reading = Reading(params["deep"], params["packed"])
    for name in dict.fromkeys(names):
        with _named(name), opened(locate(name), params, sink) as images:
            yield name, tuple(weigh(image, reading, sink) for image in images.images)


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Of several references, an error tells which it is about."""
    try:
        yield
    except ShaveError as error:
        if name not in str(error):
            error.args = (f"{name}: {error}",)
        raise
