"""Caches that package managers leave in a layer: what rules about one manager share. The table is facts/caches.toml."""

from collections.abc import Iterator
from functools import cache
from posixpath import join

from msgspec import Struct, convert

from shave.cleaning import deletes, mounted
from shave.facts import load
from shave.lint import About, Amount, Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import appended, inserted


class Cache(Struct, frozen=True):
    """A cache of a manager: which calls write it, where it is, what deletes it, what keeps it from being written.

    A call is meant by its verb, or by an option of ``short`` ("pacman -Sy"); an ``insert`` is an option for behind the
    verb, an ``append`` a command for the end of the RUN. Bytes are an estimate.
    """

    rule: str
    tools: frozenset[str]
    directories: tuple[str, ...]
    cleaners: tuple[tuple[str, ...], ...]
    packed_bytes: int
    unpacked_bytes: int
    source: str
    verbs: frozenset[str] = frozenset()
    short: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    variables: dict[str, frozenset[str]] = {}
    insert: str = ""
    append: str = ""


def left(recipe: Recipe, rule: str, what: str) -> Iterator[LintFinding]:
    """What each RUN of the image leaves in the caches that a rule is about; ``what`` names it in a sentence."""
    for step in recipe.runs:
        for cached in caches(rule):
            writing = [call for call in step.calls if _writes(call, cached)]
            if writing and not _is_clean(step, cached, writing):
                yield _finding(step, cached, writing, what)


@cache
def caches(rule: str) -> tuple[Cache, ...]:
    """The rows of the table that a rule is about."""
    return tuple(row for row in convert(load("caches")["cache"], tuple[Cache, ...]) if row.rule == rule)


def _writes(call: Call, cached: Cache) -> bool:
    if call.tool not in cached.tools or (cached.options and call.has(*cached.options)):
        return False
    return any(word in cached.short for word in call.words) if cached.short else call.verb in cached.verbs


def _is_clean(step: Step, cached: Cache, writing: list[Call]) -> bool:
    """Whether the cache is kept out of the layer: by a variable, a mount, or a command behind the last that writes."""
    if any(step.variables.get(name, "") in values for name, values in cached.variables.items()):
        return True
    directories = [_absolute(directory) for directory in cached.directories]
    if any(mounted(step, directory) for directory in directories):
        return True
    later = [call for call in step.calls if call.start >= writing[-1].start]
    if any(_is_cleaner(call, cleaner) for call in later for cleaner in cached.cleaners):
        return True
    return any(deletes(step, directory) for directory in directories if "*" not in directory)


def _is_cleaner(call: Call, cleaner: tuple[str, ...]) -> bool:
    """Whether a call is this one, with its words in any order behind the tool, others among them."""
    tool, *words = cleaner
    options = [word for word in words if word.startswith("-")]
    plain = tuple(word for word in words if not word.startswith("-"))
    return call.tool == tool and call.operands[: len(plain)] == plain and all(call.has(option) for option in options)


def _finding(step: Step, cached: Cache, writing: list[Call], what: str) -> LintFinding:
    call = writing[0]
    return LintFinding(
        cached.rule,
        "warning",
        f"{what} stays in the layer",
        step.number,
        call.start,
        call.end,
        advice=f"give {cached.insert}" if cached.insert else f"end the RUN with {_command(cached, writing[-1])}",
        fix=_fix(step, cached, writing),
        about=About("written", (step.number,), tuple(_globs(cached))),
        amount=Amount(cached.packed_bytes, cached.unpacked_bytes, measured=False, source=cached.source),
    )


def _command(cached: Cache, call: Call) -> str:
    return cached.append.replace("{tool}", call.tool)


def _fix(step: Step, cached: Cache, writing: list[Call]) -> Fix | None:
    if cached.insert:
        edits = [inserted(call, call.plain[0], cached.insert) for call in writing if call.plain]
        text = f"give {cached.insert}"
    else:
        edits = [appended(step, _command(cached, writing[-1]))]
        text = f"{_command(cached, writing[-1])} in the same RUN"
    known = tuple(edit for edit in edits if edit)
    return Fix(text, known, is_safe=True) if known and len(known) == len(edits) else None


def _absolute(directory: str) -> str:
    return directory.replace("~", "/root", 1)


def _globs(cached: Cache) -> Iterator[str]:
    """The globs of what is in the directories, of root's home and of others'."""
    for directory in cached.directories:
        for home in ("root", "home/*") if directory.startswith("~") else ("",):
            yield join(directory.replace("~", home, 1).strip("/"), "**")
