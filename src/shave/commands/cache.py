"""``shave cache``."""

from collections.abc import Callable
from typing import Any

import click

from shave import workspace
from shave.cache import BOUND, SHELVES
from shave.commands.options import Verb, viewing
from shave.documents import document
from shave.errors import UsageError
from shave.verbs.cache import Cached, bound, clear, show
from shave.views import text

_ACTIONS: dict[str, Callable[[], Cached]] = {"show": show, "bound": bound, "clear": clear}


@click.command(
    cls=Verb,
    help=f"""What is cached, its bounds, and clearing it.

    \b
    shave cache               shows what is kept between runs
    shave cache bound         deletes what is above the bounds, the longest unused first
    shave cache clear         deletes all that can be made again (plans cannot)
    shave cache clear NAME    deletes what is kept under this name: {", ".join(shelf.name for shelf in SHELVES)}

    {BOUND}=5GB in the environment is the bound of the caches together; 0 keeps nothing. Plans are no cache: their
    bound stays. Whatever others work on at the
    moment stays; what shaves that were killed left behind goes.
    """,
)
@click.argument("action", type=click.Choice(tuple(_ACTIONS)), default="show")
@click.argument("name", type=click.Choice(tuple(shelf.name for shelf in SHELVES)), required=False)
@viewing("text", "json")
def cache(action: str, name: str | None, **params: Any) -> None:
    """The command; its help is above."""
    if name and action != "clear":
        raise UsageError(f"shave cache {action} takes no name", f"shave cache clear {name} clears one")
    workspace.clear()
    answer = clear(name) if name else _ACTIONS[action]()
    click.echo(
        text.cache(answer) if params["format_"] == "text" else document("cache", answer, indent=1).decode(), nl=False
    )
