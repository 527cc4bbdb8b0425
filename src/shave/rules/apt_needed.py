"""Packages that apt only recommends, and that the Dockerfile itself shows to be needed: who leaves recommended packages
out names these. The table is facts/apt.toml.

So ``wget https://…`` needs ca-certificates, which wget recommends, and whoever installs gcc needs the headers of libc.
"""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache

from msgspec import Struct, convert

from shave.facts import load
from shave.recipe import Call, Recipe
from shave.rules.apt import installs
from shave.rules.managers import names
from shave.rules.package_amounts import had


class _Needed(Struct, frozen=True):
    """``of`` are packages that recommend ``package``, ``but`` those that bring it anyway. It is needed where one of the
    ``programs`` is called, if there are any, with a word that begins with ``word`` or that only a run knows.
    """

    package: str
    of: tuple[str, ...]
    but: tuple[str, ...] = ()
    programs: frozenset[str] = frozenset()
    word: str = ""


def needed(recipe: Recipe) -> Mapping[int, tuple[str, ...]]:
    """By where it stands of each call that installs what else it has to name, in the order of the table."""
    return recipe.once(_needed)


def is_there(recipe: Recipe, stage: int, call: Call) -> bool:
    """Whether all that a call installs is in the image that its stage is built on: what that recommends stays away."""
    there = had(recipe.base(stage) or "") | frozenset(load("apt")["recommends"]["essential"])
    return None not in call.targets and names(call) <= there


def _needed(recipe: Recipe) -> Mapping[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    there: dict[int, frozenset[str]] = {}
    for stage in recipe.file.stages:
        base = had(recipe.base(stage.number) or "")
        known = there[stage.parent] if stage.parent is not None else base
        for call in (call for step in recipe.of(stage.number) for call in step.calls if installs(call)):
            found[call.start] = tuple(_missing(recipe, call, known | names(call)))
            known |= names(call) | set(found[call.start])
        there[stage.number] = known
    return found


def _missing(recipe: Recipe, call: Call, there: frozenset[str]) -> Iterator[str]:
    """What is named may need more in turn: rows stand before those that they bring."""
    named = set(names(call))
    for row in _rows():
        is_brought = any(_is_of(each, (row.package, *row.but)) for each in there)
        if not is_brought and any(_is_of(each, row.of) for each in named) and _is_called(recipe, call, row):
            named.add(row.package)
            there |= {row.package}
            yield row.package


def _is_of(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _is_called(recipe: Recipe, call: Call, row: _Needed) -> bool:
    later = (each for step in recipe.steps for each in step.calls if each.start > call.start)
    return not row.programs or any(
        each.tool in row.programs and (not row.word or any(word is None or row.word in word for word in each.words))
        for each in later
    )


@cache
def _rows() -> tuple[_Needed, ...]:
    return convert(load("apt")["needed"], tuple[_Needed, ...])
