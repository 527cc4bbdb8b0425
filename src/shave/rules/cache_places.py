"""Where a cache is: at its usual place, or where an option, a variable, a setting or a mount says."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from posixpath import dirname, join

from shave.cleaning import is_below, may_be_mounted
from shave.facts import load
from shave.mounts import mounts
from shave.recipe import Call, Recipe, Step
from shave.rules.cache_table import Cache, table
from shave.rules.settings import said
from shave.rules.users import home

_HOMES = re.compile(r"/home/[\w.-]+")
_HOME = re.compile(r"^(?:/root|/home/[^/]+)(?=/|\Z)")


def places(recipe: Recipe, step: Step, writing: list[Call], cached: Cache) -> tuple[str, ...]:
    """Where the cache may be, as a command of the RUN could write it; none where only a run knows."""
    elsewhere = moved(recipe, step, writing[-1], cached)
    if elsewhere is not None:
        return elsewhere
    others = _HOMES.findall(step.file.text[step.start : step.end].decode("utf-8", "replace"))
    homes = ("~", "$HOME", "/root", home(recipe, step) or "/root", *others)
    named = (f"${name}{rest}" for name, rest in cached.moved.items() if name.isidentifier())
    placed = (each.replace("~", own, 1) for each in cached.directories for own in homes)
    return tuple(dict.fromkeys((*placed, *named)))


def mislaid(recipe: Recipe, step: Step, writing: list[Call], cached: Cache) -> str | None:
    """Where a mount had to be for the cache of the step's user, if it is at that of root; None for all else."""
    own, known = home(recipe, step), places(recipe, step, writing, cached)
    others = [place for place in known if place.startswith("/") and not is_below(place, "/root")]
    is_moved = moved(recipe, step, writing[-1], cached) is not None
    if own is None or is_moved or any(may_be_mounted(step, place) for place in others):
        return None
    targets = (each.target for each in mounts(step) if each.target and is_below(each.target, "/root"))
    roots = (each for each in targets if any(is_below(place, each) for place in known))
    return next((own + each.removeprefix("/root") for each in roots), None)


def moved(recipe: Recipe, step: Step, call: Call, cached: Cache) -> tuple[str, ...] | None:
    """Where an option, a variable or a call says that it is: none if that is not known, None if nobody says it."""
    for name, rest in cached.moved.items():
        if " " in name:
            if (told := _told(recipe, step, call, name)) is not None:
                return (told + rest,) if told.startswith(("/", "~")) else ()
            continue
        if name.startswith("-"):
            given = call.value(name)
            if given is None and not _names(step, call, name):
                continue
            return (given + rest,) if given else ()
        if (value := said(recipe, step, call, name)) is not None:
            return (value + rest, f"${name}{rest}") if value else ()
    return None


def _told(recipe: Recipe, step: Step, call: Call, words: str) -> str | None:
    """What the last call of these words before another says, "" if only a run knows; None for no such call."""
    known = recipe.once(_tellings).get(words, [])
    at = bisect_left(known, (step.number, call.start))
    return known[at - 1][2] if at else None


def _tellings(recipe: Recipe) -> Mapping[str, list[tuple[int, int, str]]]:
    """By their words all calls of the image that say where a cache is: step, offset, and the value."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    for step in recipe.runs:
        for call in step.calls:
            for words in _telling().get(call.tool, ()):
                if (value := _value(call, words)) is not None:
                    found.setdefault(words, []).append((step.number, call.start, value))
    return found


@cache
def _telling() -> Mapping[str, list[str]]:
    """Such calls, by their tools."""
    words = sorted({name for row in table() for name in row.moved if " " in name})
    return {tool: list(each) for tool, each in groupby(words, key=lambda name: name.partition(" ")[0])}


def _value(call: Call, words: str) -> str | None:
    """That of ``npm config set cache VALUE`` or ``cache=VALUE``."""
    _, *verbs, key = words.split()
    said, (name, value) = call.operands[: len(verbs)], (*call.operands[len(verbs) :], None, None)[:2]
    if said != tuple(verbs) or not name or name.partition("=")[0] != key:
        return None
    return name.partition("=")[2] if "=" in name else value or ""


def _names(step: Step, call: Call, option: str) -> bool:
    """Whether an option is written, with a value that only a run knows."""
    return bool(re.search(rf"(?<!\S){re.escape(option)}(?![\w-])".encode(), step.file.text[call.start : call.end]))


def has_other_mount(step: Step, cached: Cache) -> bool:
    """Whether a cache is mounted where nobody is known to keep one: a file that is not seen here may name it."""
    targets = [_at_home(each.target) for each in mounts(step) if each.kind == "cache" and each.target]
    others = [place for row in table() if row != cached for place in row.directories]
    known = [*others, dirname(load("apt")["lists"]["file"]), load("apt")["archives"]["directory"]]
    return not all(any(is_below(target, each) or is_below(each, target) for each in known) for target in targets)


def _at_home(path: str) -> str:
    """As the table writes it: "~/.npm" for "/home/app/.npm"."""
    return _HOME.sub("~", path, count=1)


def globs(places: Iterable[str]) -> Iterator[str]:
    """The globs of what is in the directories, of root's home and of others'."""
    for directory in places:
        for each in ("root", "home/*") if directory.startswith("~") else ("",):
            yield join(directory.replace("~", each, 1).strip("/"), "**")
