"""``shave check REF``."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from shave import __version__, api, budgets, config, dive
from shave.budgets import GROWTH, Budget, Wanted
from shave.commands import job_summary
from shave.commands.options import Params, Verb, parse_platform, platform, registry, trust, view, viewing
from shave.commands.progress import progress
from shave.documents import document
from shave.errors import UsageError
from shave.sources import locate
from shave.verbs.check import Checked
from shave.views import check as views
from shave.views.github import annotations
from shave.views.junit import junit
from shave.views.sarif import sarif

_DIVE_BYTES = 64 << 10


@click.command(cls=Verb)
@click.argument("reference", metavar="REF")
@click.option("--max", "most", multiple=True, metavar="KEY=VALUE", help="A budget, such as packed=200MB (repeatable).")
@click.option(
    "--max-growth", "growth", multiple=True, metavar="[KEY=]VALUE", help="How much larger than --against: 1%, 5MB."
)
@click.option("--against", metavar="REF", help="The image that growth is measured against.")
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings [default: ./shave.toml, else [tool.shave] in ./pyproject.toml].",
)
@platform()
@registry()
@viewing("text", "json", "markdown", "github", "sarif", "junit")
def check(reference: str, **params: Any) -> int:
    """Hold the image REF to budgets of bytes; name what breaks them.

    Budgets are given here, in [check] of the settings, and as rules of dive in ./.dive-ci. Exit code 1 if any is
    broken. Keys are packed, unpacked, content, wasted, wasted.percent, efficiency (the least), layers, layer.packed,
    unit.packed, unit:NAME.packed, path:GLOB.packed and the same with .unpacked.
    """
    wanted = _wanted(params)
    chosen, found = parse_platform(params["platform_"]), locate(reference)
    with progress(view(params)) as sink, ExitStack() as opened:
        image = opened.enter_context(api.open(found, chosen, sink, trust(params)))
        other = opened.enter_context(api.open(wanted.against, chosen, sink, trust(params))) if wanted.against else None
        checked = api.check(image, wanted.budgets, other, sink)
    if params["format_"] == "github":
        job_summary.add(views.markdown(checked))
    click.echo(_VIEWS[params["format_"]](checked), nl=False)
    return 1 if checked.broken else 0


_VIEWS: dict[str, Callable[[Checked], str]] = {
    "text": views.text,
    "markdown": views.markdown,
    "json": lambda checked: document("check", checked, indent=1).decode(),
    "github": lambda checked: annotations(views.notices(checked)) + f"shave check: {views.verdict(checked)}\n",
    "sarif": lambda checked: sarif(views.notices(checked), __version__),
    "junit": lambda checked: junit(views.notices(checked), "shave check"),
}


def _wanted(params: Params) -> Wanted:
    """The budgets of the settings and of dive's file, with those of the command line in place of or beside them."""
    settings = config.load(params["config"])
    table = budgets.of_table(settings.check, f"{settings.source}: check")
    given = [*map(budgets.of_word, params["most"]), *map(budgets.of_growth, params["growth"])]
    found = {(budget.key, budget.name): budget for budget in (*table.budgets, *_dive(Path(dive.FILE)), *given)}
    if not found:
        raise UsageError("no budget is set", "give --max packed=200MB, or write [check] in shave.toml")
    grows = any(budget.key.startswith(GROWTH) for budget in found.values())
    if params["against"] and not grows:
        raise UsageError("--against: no budget is about growth", "say how much is allowed with --max-growth 1%")
    return Wanted(tuple(found.values()), (params["against"] or table.against) if grows else "")


def _dive(path: Path) -> Iterator[Budget]:
    if not path.is_file():
        return
    try:
        with path.open("rb") as file:
            text = file.read(_DIVE_BYTES).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", "make it YAML, or take it away") from error
    yield from dive.budgets(text)
