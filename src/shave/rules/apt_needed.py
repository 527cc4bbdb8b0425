"""Packages that apt only recommends, and that the Dockerfile itself shows to be needed: who leaves recommended packages
out names these. The table is facts/apt.toml.

So ``wget https://…`` needs ca-certificates, which wget recommends, and whoever installs gcc needs the headers of libc.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from math import inf

from msgspec import Struct, convert

from shave.facts import load
from shave.recipe import Call, Recipe
from shave.rules.apt import installs
from shave.rules.managers import names
from shave.rules.package_amounts import had


class _Needed(Struct, frozen=True):
    """``of`` are packages that recommend ``package``, ``but`` those that bring it anyway. It is needed where one of the
    ``programs`` is called, if there are any, with a word that has ``word`` in it or that only a run knows.
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
    brought: dict[int, dict[str, int]] = {}
    places = {row.package: _places(recipe, row) for row in _rows()}
    for stage in recipe.file.stages:
        calls = [call for step in recipe.of(stage.number) for call in step.calls if installs(call)]
        known = {} if stage.parent is None else dict(brought[stage.parent])
        for start, each in ((-1, had(recipe.base(stage.number) or "")), *((call.start, names(call)) for call in calls)):
            for row in _rows():
                if any(_is_of(name, (row.package, *row.but)) for name in each):
                    known.setdefault(row.package, start)
        for call in calls:
            found[call.start] = tuple(_missing(call, known, places))
            known = dict.fromkeys(found[call.start], call.start) | known
        brought[stage.number] = known
    return found


def _missing(call: Call, known: Mapping[str, int], places: Mapping[str, list[int]]) -> Iterator[str]:
    """What is named may need more in turn. What another call brings before it is needed is not missed."""
    named = set(names(call))
    for row in _rows():
        if any(_is_of(each, row.of) for each in named):
            behind = places[row.package][bisect_right(places[row.package], call.start) :][:1]
            at = behind[0] if behind else None if row.programs else inf
            if at is not None and not known.get(row.package, inf) < at:
                named.add(row.package)
                yield row.package


def _is_of(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _places(recipe: Recipe, row: _Needed) -> list[int]:
    """Where it is needed."""
    calls = (call for step in recipe.steps for call in step.calls if call.tool in row.programs)
    return sorted(call.start for call in calls if _has(call, row.word))


def _has(call: Call, text: str) -> bool:
    return not text or any(word is None or text in word for word in call.words)


@cache
def _rows() -> tuple[_Needed, ...]:
    return convert(load("apt")["needed"], tuple[_Needed, ...])
