"""Who runs the commands of a step, as far as the file says it.

Sources: Dockerfile reference, "USER"; useradd(8), -m; adduser(8) of Debian and BusyBox.
"""

import re
from collections.abc import Iterator, Mapping

from shave.recipe import Call, Recipe, Step
from shave.reference import is_official, short

_SWITCHING = frozenset({"sudo", "doas", "su", "runuser", "gosu", "su-exec", "setpriv"})
# What makes root of others, or a program root's for whoever starts it
_BECOMING = re.compile(rb"sudo|doas|\bsu\b|u\+\w{0,2}s|setcap|\b0?[4-7][0-7]{3}\s++/")
_ROOT = frozenset({"", "root", "0"})


def user(recipe: Recipe, step: Step) -> str:
    """The name or number of USER, its variables as they are written; "" where only the base image says it."""
    return recipe.once(_users)[step.number]


def is_root(recipe: Recipe, step: Step) -> bool:
    """Whether it is root, as it is on the official images unless they are told otherwise."""
    return user(recipe, step) in _ROOT


def _users(recipe: Recipe) -> tuple[str, ...]:
    """That of each step, by number."""
    found: list[str] = []
    last: dict[int | None, str] = {}
    for step in recipe.steps:
        if step.keyword == "FROM":
            last[step.stage] = last.get(recipe.file.stages[step.stage].parent, "")
        found.append(last.get(step.stage, ""))
        if step.keyword == "USER" and step.instruction.arguments:
            last[step.stage] = step.instruction.arguments[0].value.partition(":")[0]
    return tuple(found)


def is_powerless(recipe: Recipe, step: Step) -> bool:
    """Whether nobody can start a system's package manager in a step, for others: its user is not root, and nothing is
    said of sudo. The official images have none, of others that is not known.
    """
    return step.number in recipe.once(_powerless)


def _powerless(recipe: Recipe) -> frozenset[int]:
    if _BECOMING.search(recipe.file.text):
        return frozenset()
    found: set[int] = set()
    users: dict[int, str] = {}
    for stage in recipe.file.stages:
        is_known = is_official(recipe.base(stage.number))
        name = users[stage.parent] if stage.parent is not None else "root"
        for step in recipe.of(stage.number):
            words = step.instruction.arguments if step.keyword == "USER" else ()
            name = words[0].value.partition(":")[0] if words else name
            # the last USER of the stage says who runs ONBUILD, or another ONBUILD does
            if is_known and step.keyword != "ONBUILD" and name not in ("root", "0") and "$" not in name:
                found.add(step.number)
        users[stage.number] = name
    return frozenset(found)


def home(recipe: Recipe, step: Step) -> str | None:
    """Where the home of the user of a step is, if that is known not to be root's; None where it is not known."""
    if is_root(recipe, step) or "HOME" in step.scope.values or any(call.tool in _SWITCHING for call in step.calls):
        return None
    name, (base, _) = user(recipe, step), short(recipe.base(step.stage))
    return recipe.once(_homes).get(name) or ("/home/node" if name == base == "node" else None)


def _homes(recipe: Recipe) -> Mapping[str, str]:
    """Of each user that the file adds with a home: where that is."""
    calls = (call for step in recipe.steps if step.keyword == "RUN" for call in step.calls)
    return {name: path for call in calls for name, path in _added(call)}


def _added(call: Call) -> Iterator[tuple[str, str]]:
    if not (call.tool == "adduser" or (call.tool == "useradd" and call.has("-m", "--create-home"))):
        return
    # with a second name Debian's adduser adds a user to a group
    (name,) = call.operands if len(call.operands) == 1 else (None,)
    if name and not call.has("-H", "--no-create-home", "--system", "-M", "-b", "--base-dir", "-S"):
        said = call.has("-d", "--home-dir", "--home", "-h")
        path = call.value("-d", "--home-dir", "--home", "-h") if said else f"/home/{name}"
        yield from [(name, path)] if path else ()
