"""``shave verify REF REF``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from shave.commands.options import Verb, parse_platform, platform, running, settings, view, viewing
from shave.commands.progress import progress
from shave.documents import document
from shave.events import Sink
from shave.image import Image
from shave.probe import Verdict
from shave.runners import choose as choose_runner
from shave.sources import locate, open_image
from shave.store import Unpacked, unpack
from shave.tracers import choose as choose_tracer
from shave.verbs.verify import verify as verb
from shave.views import markdown, text
from shave.workspace import workspace


class Verified(Struct, frozen=True):
    """``shave.verify/v1``: which images, and the verdict on the second."""

    original: str
    other: str
    verdict: Verdict


@click.command(cls=Verb)
@click.argument("original", metavar="REF")
@click.argument("other", metavar="REF")
@running()
@platform()
@viewing("text", "json", "markdown")
def verify(original: str, other: str, **params: Any) -> int:
    """Run the same probes on two images: does the second behave as the first?

    Exit code 0 if the verdict is "same", else 1. What stands after -- replaces the images' CMD.
    """
    chosen = parse_platform(params["platform_"])
    first, second = locate(original), locate(other)
    with (
        progress(view(params)) as sink,
        workspace() as directory,
        open_image(first, chosen, sink) as one,
        open_image(second, chosen, sink) as two,
    ):
        verdict = verb(
            _unpacked(one, directory / "one", sink),
            _unpacked(two, directory / "two", sink),
            settings(params),
            choose_runner(params["runner"], one.config),
            choose_tracer(),
            directory,
            sink,
        )
    verified = Verified(str(first), str(second), verdict)
    click.echo(_VIEWS[params["format_"]](verified), nl=False)
    return 0 if verdict.verdict == "same" else 1


def _unpacked(image: Image, directory: Path, sink: Sink) -> Unpacked:
    directory.mkdir(mode=0o700)
    return unpack(image, directory, sink)


_VIEWS: dict[str, Callable[[Verified], str]] = {
    "text": lambda verified: "\n".join(text.verdict(verified.verdict)) + "\n",
    "markdown": lambda verified: "\n".join(markdown.verdict(verified.verdict)) + "\n",
    "json": lambda verified: document("verify", verified).decode(),
}
