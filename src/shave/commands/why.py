"""``shave why REF PATH``."""

from pathlib import Path
from typing import Any

import click

from shave import api, plans
from shave.commands.options import Verb, parse_platform, platform, registry, trust, view, viewing
from shave.commands.progress import progress
from shave.documents import document
from shave.errors import UsageError
from shave.plan import Plan
from shave.views.why import why as show


@click.command(cls=Verb)
@click.argument("reference", metavar="REF")
@click.argument("path", metavar="PATH")
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), help="The plan.json of a report.")
@platform()
@registry()
@viewing("text", "json")
def why(reference: str, path: str, plan_file: Path | None, **params: Any) -> None:
    """Why PATH is in the image REF, was kept or dropped by shave slim.

    The plan of a result is found by the image's digest; --plan reads one from a file.
    """
    plan = _read(plan_file) if plan_file else None
    with (
        progress(view(params)) as sink,
        api.open(reference, parse_platform(params["platform_"]), sink, trust(params)) as image,
    ):
        answer = api.why(image, path, plan, sink)
    click.echo(show(answer) if params["format_"] == "text" else document("why", answer, indent=1).decode(), nl=False)


def _read(path: Path) -> Plan:
    try:
        return plans.read(path)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is not a plan: {error}", "give the plan.json that --report wrote") from error
