"""Caches that package managers leave in a layer: what rules about one manager share. The table is facts/caches.toml."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from posixpath import join

from msgspec import Struct, convert

from shave.cleaning import deletes, deletes_as_written, mounted
from shave.dockerfile.edits import Edit
from shave.facts import load
from shave.lint import About, Amount, Fix, LintFinding
from shave.recipe import Call, Recipe, Step, said
from shave.recipe_edits import appended, by_same, followed, inserted, is_certain, last_of_rows, of_same

_HOMES = re.compile(r"/home/[\w.-]+")


class Cache(Struct, frozen=True):
    """A cache of a manager: which calls write it, where it is, what deletes it, what keeps it from being written.

    A call is meant by its verb, of one word or two, or by an option of the form ``short`` ("pacman -Sy"). ``moved``
    are the options and variables that say where it is, with what stands behind their value. An ``insert`` is an option
    for behind the verb, an ``append`` a command for behind the call, or for the end of the RUN if other commands of it
    may read the cache. Bytes are an estimate.
    """

    rule: str
    tools: frozenset[str]
    directories: tuple[str, ...]
    cleaners: tuple[tuple[str, ...], ...]
    packed_bytes: int
    unpacked_bytes: int
    source: str
    what: str = ""
    verbs: frozenset[str] = frozenset()
    short: str = ""
    options: tuple[str, ...] = ()
    variables: dict[str, frozenset[str]] = {}
    settings: tuple[str, ...] = ()
    moved: dict[str, str] = {}
    insert: str = ""
    append: str = ""
    at_end: bool = False
    is_safe: bool = True


def left(recipe: Recipe, rule: str, what: str) -> Iterator[LintFinding]:
    """What each RUN of the image leaves in the caches that a rule is about; ``what`` names it in a sentence."""
    for step in recipe.runs:
        for cached in caches(rule):
            writing = [call for call in step.calls if _writes(call, cached)]
            places = _places(step, writing, cached) if writing else ()
            if places and not _is_clean(step, cached, writing, places):
                yield _finding(step, cached, writing, cached.what or what)


@cache
def caches(rule: str) -> tuple[Cache, ...]:
    """The rows of the table that a rule is about."""
    return tuple(row for row in convert(load("caches")["cache"], tuple[Cache, ...]) if row.rule == rule)


def _writes(call: Call, cached: Cache) -> bool:
    if call.tool not in cached.tools or (cached.options and call.has(*cached.options)):
        return False
    if cached.short:
        given = [word for word in call.words if word and re.fullmatch(cached.short, word)]
        return bool(given) and ("u" in given[0] or bool(call.plain))
    return _verb_words(call, cached) > 0


def _verb_words(call: Call, cached: Cache) -> int:
    """How many words the verb has, by which the call is meant; a missing verb counts as one, no verb of these as 0."""
    if " ".join(word or "?" for word in call.operands[:2]) in cached.verbs:
        return max(1, len(call.operands[:2]))
    return int(call.verb in cached.verbs)


def _is_clean(step: Step, cached: Cache, writing: list[Call], places: tuple[str, ...]) -> bool:
    """Whether the cache is kept out of the layer: by a variable, a file, a mount, or a command behind the last that
    writes.
    """
    if any((said(step, name) or "").lower() in values for name, values in cached.variables.items()):
        return True
    before = step.file.text[: writing[-1].end]
    if any(setting.encode() in before for setting in cached.settings):
        return True
    absolute = [place for place in places if place.startswith("/")]
    if any(mounted(step, place) or deletes(step, place) for place in absolute):
        return True
    later = [call for call in step.calls if call.start >= writing[-1].start]
    if any(_is_cleaner(call, cleaner) for call in later for cleaner in cached.cleaners):
        return True
    behind = step.file.text[writing[-1].end : step.instruction.end].decode("utf-8", "replace")
    return (cached.append and _command(cached, writing[-1]) in behind) or deletes_as_written(step, places)


def _places(step: Step, writing: list[Call], cached: Cache) -> tuple[str, ...]:
    """Where the cache may be, as a command of the RUN could write it; none where only a run knows."""
    moved = _moved(step, writing[-1], cached)
    if moved is not None:
        return moved
    homes = ("~", "$HOME", "/root", *_HOMES.findall(step.file.text[step.start : step.end].decode("utf-8", "replace")))
    named = (f"${name}{rest}" for name, rest in cached.moved.items() if not name.startswith("-"))
    placed = (each.replace("~", home, 1) for each in cached.directories for home in homes)
    return tuple(dict.fromkeys((*placed, *named)))


def _moved(step: Step, call: Call, cached: Cache) -> tuple[str, ...] | None:
    """Where an option or a variable says that it is: none if that is not known, None if nobody says it."""
    for name, rest in cached.moved.items():
        if name.startswith("-"):
            given = call.value(name)
            if given is None and not _names(step, call, name):
                continue
            return (given + rest,) if given else ()
        if (value := said(step, name)) is not None:
            return (value + rest, f"${name}{rest}") if value else ()
    return None


def _names(step: Step, call: Call, option: str) -> bool:
    """Whether an option is written, with a value that only a run knows."""
    return bool(re.search(rf"(?<!\S){re.escape(option)}(?![\w-])".encode(), step.file.text[call.start : call.end]))


def _is_cleaner(call: Call, cleaner: tuple[str, ...]) -> bool:
    """Whether a call is this one, with its words in any order behind the tool, others among them."""
    tool, *words = cleaner
    options = [word for word in words if word.startswith("-")]
    plain = tuple(word for word in words if not word.startswith("-"))
    return call.tool == tool and call.operands[: len(plain)] == plain and all(call.has(option) for option in options)


def _finding(step: Step, cached: Cache, writing: list[Call], what: str) -> LintFinding:
    call, moved = writing[0], _moved(step, writing[-1], cached)
    fix = None if moved else _fix(step, cached, writing)
    places = [place for place in moved or cached.directories if not place.startswith("$")]
    advice = f"give {cached.insert}" if cached.insert else f"{_command(cached, writing[-1])} in the same RUN"
    return LintFinding(
        cached.rule,
        "warning",
        f"{what} stays in the layer",
        step.number,
        call.start,
        call.end,
        advice=f"delete {places[0]} in the same RUN, or mount it" if moved else advice,
        fix=fix,
        about=About("written", (step.number,), tuple(_globs(places))),
        amount=Amount(cached.packed_bytes, cached.unpacked_bytes, measured=False, source=cached.source),
    )


def _command(cached: Cache, call: Call) -> str:
    return cached.append.replace("{tool}", call.tool)


def _fix(step: Step, cached: Cache, writing: list[Call]) -> Fix | None:
    if cached.insert:
        edits = [_inserted(call, cached) for call in writing]
        text = f"give {cached.insert}"
    else:
        edits = _cleaned(step, cached, writing)
        text = f"{_command(cached, writing[-1])} in the same RUN"
    known = tuple(edit for edit in edits if edit)
    return Fix(text, known, cached.is_safe) if known and len(known) == len(edits) else None


def _inserted(call: Call, cached: Cache) -> Edit | None:
    return inserted(call, call.plain[_verb_words(call, cached) - 1], cached.insert) if call.plain else None


def _cleaned(step: Step, cached: Cache, writing: list[Call]) -> list[Edit | None]:
    """The command right behind the calls: what comes later may end the shell, or take the tool away, and another branch
    may not have it. At the end of the RUN if the cache is needed till then, and the tool is surely there.
    """
    if not cached.at_end:
        return [
            followed(step, call, command, writing) if (command := _started(step, cached, call)) else None
            for call in last_of_rows(step, writing)
        ]
    is_tool = _command(cached, writing[-1]).startswith(writing[-1].tool)
    call = next((call for call in reversed(writing) if not is_tool or is_certain(step, call)), None)
    command = _started(step, cached, call) if call else None
    return [appended(step, command) if command else None]


def _started(step: Step, cached: Cache, call: Call) -> str | None:
    """The command that cleans up, started as the call is: by its path if it is the same tool."""
    tool, _, rest = _command(cached, call).partition(" ")
    return of_same(step, call, rest) if tool == call.tool else by_same(step, call, f"{tool} {rest}")


def _globs(places: Iterable[str]) -> Iterator[str]:
    """The globs of what is in the directories, of root's home and of others'."""
    for directory in places:
        for home in ("root", "home/*") if directory.startswith("~") else ("",):
            yield join(directory.replace("~", home, 1).strip("/"), "**")
