"""``shave verify REF REF``."""

from collections.abc import Callable
from typing import Any

import click
from msgspec import Struct

from shave import api
from shave.commands.options import Verb, parse_platform, platform, registry, running, settings, trust, view, viewing
from shave.commands.progress import progress
from shave.documents import document
from shave.probe import Verdict
from shave.sources import locate
from shave.views import markdown, text
from shave.views.visible import visible


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
@registry()
@viewing("text", "json", "markdown")
def verify(original: str, other: str, **params: Any) -> int:
    """Run the same probes on two images: does the second behave as the first?

    Exit code 0 if the verdict is "same", else 1. What stands after -- replaces the images' CMD.
    """
    asked, chosen = settings(params), parse_platform(params["platform_"])
    first, second = locate(original), locate(other)
    with (
        progress(view(params)) as sink,
        api.open(first, chosen, sink, trust(params)) as one,
        api.open(second, chosen, sink, trust(params)) as two,
    ):
        verdict = api.verify(one, two, asked, runner=params["runner"], sink=sink)
    verified = Verified(str(first), str(second), verdict)
    click.echo(_VIEWS[params["format_"]](verified), nl=False)
    return 0 if verdict.verdict == "same" else 1


_VIEWS: dict[str, Callable[[Verified], str]] = {
    "text": lambda verified: visible("\n".join(text.verdict(verified.verdict)) + "\n"),
    "markdown": lambda verified: visible("\n".join(markdown.verdict(verified.verdict)) + "\n"),
    "json": lambda verified: document("verify", verified, indent=1).decode(),
}
