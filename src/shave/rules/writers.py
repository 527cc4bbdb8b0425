"""Whose files a command deletes, moves, changes or gives to somebody: the nearest step that wrote them, of its own RUN
none.

What stands in a tree that was copied or unpacked nobody knows: something in it is told as a part, and only where
nothing nearer is known to have written it. Where programs keep their caches and logs, it is theirs.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from math import inf
from posixpath import dirname, join, normpath

from msgspec import Struct

from shave.directories import absolutes, directories
from shave.dockerfile.abilities import copied
from shave.lives import How, Life, Use, layers, lives
from shave.recipe import Recipe, Step
from shave.rules.told import is_small
from shave.rules.used_up import Doing, acts, doings, may_find
from shave.written import Write, matches

_HOWS: frozenset[How] = frozenset({"deleted", "moved", "changed", "granted"})
_GRANTING = frozenset({"chown", "chgrp", "chmod"})
_MOST = 200
"""Directories that are made, and steps between a file and a command, that are looked at."""
# Directories that programs fill as they run, wherever they are
_FILLED = frozenset(
    {"tmp", "temp", "log", "logs", "cache", "caches", "lists", "coverage", ".cache", ".npm", ".yarn", ".composer"}
    | {".bundle", ".gem", ".m2", ".gradle", ".cargo", ".config", ".local", "__pycache__", ".pytest_cache"}
)


class Written(Struct, frozen=True):
    """What an earlier step wrote; ``is_part`` if a command means only something in it, which may not be there."""

    life: Life
    is_part: bool

    @property
    def is_there(self) -> bool:
        """Whether it surely is: a part of what is copied or installed may not be, an archive has what is looked for."""
        return not self.is_part or self.life.write.kind not in ("copied", "installed")


class Change(Struct, frozen=True):
    """A command, and what it means of earlier steps, in their order; ``is_shared`` if programs of its own RUN may have
    written there too.
    """

    use: Use
    written: tuple[Written, ...]
    is_shared: bool


def changes(recipe: Recipe) -> tuple[Change, ...]:
    """Each command that deletes, moves, changes or grants what earlier steps wrote, in order."""
    return recipe.once(_changes)


def dear(found: Sequence[Written]) -> tuple[Written, ...]:
    """What is more than scripts and settings, if anything is."""
    return tuple(each for each in found if not is_small(each.life)) or tuple(found)


def steps_of(recipe: Recipe, found: Sequence[Written]) -> list[Step]:
    """The steps that wrote it, in order."""
    return [recipe.steps[number] for number in sorted({each.life.write.step for each in found})]


def is_worked_at(recipe: Recipe, change: Change) -> bool:
    """Whether a program of a RUN between may have written what a command means."""
    steps = range(max(each.life.write.step for each in change.written) + 1, change.use.step)
    return any(_is_near(recipe, number, change.use) for number in steps)


def is_needed(recipe: Recipe, change: Change) -> bool:
    """Whether something before the command uses what it means or makes more of it, or works where it is."""
    use, steps = change.use, range(min(each.life.write.step for each in change.written) + 1, change.use.step + 1)
    if len(steps) > _MOST or any(_is_near(recipe, number, use) for number in steps):
        return True
    before = ((number, each) for number in steps for each in recipe.once(doings).get(number, ()))
    return any((number, each.call.start) < _place(use) and _is_named(each, use) for number, each in before)


def is_taken(recipe: Recipe, change: Change) -> bool:
    """Whether another COPY or ADD takes some of it from the context, too."""
    own = {each.life.write.step for each in change.written}
    others = [
        normpath(word.value.lstrip("/") or ".")
        for step in recipe.steps
        if step.number not in own
        for word in copied(step.instruction)
    ]
    places = {place for each in change.written for place in _sources(each.life.write, change.use)}
    return any(_is_around(other, place) or _is_around(place, other) for other in others for place in places)


def _sources(write: Write, use: Use) -> Iterator[str]:
    """Where in the context it was what a command means of a copy."""
    for pattern in use.patterns:
        within = pattern.startswith(f"{write.path.rstrip('/')}/") and write.is_tree
        below = pattern[len(write.path.rstrip("/")) + 1 :] if within else ""
        yield normpath(join(write.source.lstrip("/") or ".", below))


def _is_around(directory: str, path: str) -> bool:
    return directory == "." or f"{path}/".startswith(f"{directory}/")


def _is_named(doing: Doing, use: Use) -> bool:
    """Whether a call names what a command means or, if it may write, a directory that it is in."""
    if doing.call.tool in _GRANTING:
        return False
    named = [Write(path, "made", use.step, is_tree=acts(doing.call)) for path in doing.paths]
    return any(matches(pattern, write) for write in named for pattern in use.patterns)


def _changes(recipe: Recipe) -> tuple[Change, ...]:
    by_use: dict[int, tuple[Use, list[Life]]] = {}
    for life in lives(recipe):
        for use in life.uses:
            if use.how in _HOWS:
                by_use.setdefault(id(use), (use, []))[1].append(life)
    made = tuple(islice(_made(recipe), _MOST))
    found = (_change(recipe, use, meant, made) for use, meant in by_use.values())
    return tuple(sorted((each for each in found if each.written), key=lambda each: _place(each.use)))


def _place(use: Use) -> tuple[int, int]:
    return use.step, use.call.start


def _change(recipe: Recipe, use: Use, meant: Sequence[Life], made: Sequence[Write]) -> Change:
    found: dict[int, Written] = {}
    for pattern in use.patterns:
        whole, parts = _split(pattern, meant)
        nearest = None if whole else _nearest(parts)
        if nearest and not _is_filled(pattern, nearest.write) and not _is_made(pattern, nearest, use, made):
            found.setdefault(id(nearest), Written(nearest, is_part=True))
        found |= {id(life): Written(life, is_part=False) for life in whole}
    earlier = (found[id(life)] for life in meant if id(life) in found and life.write.step < use.step)
    return Change(use, tuple(earlier), _is_near(recipe, use.step, use))


def _split(pattern: str, meant: Sequence[Life]) -> tuple[list[Life], list[Life]]:
    """What a pattern means with all that is below, and the trees that it means something in."""
    whole: dict[tuple[str, int], Life] = {}
    parts: list[Life] = []
    for life in meant:
        write = life.write
        if not matches(pattern, write):
            continue
        place = write.path.rstrip("/")
        if write.is_tree and pattern.startswith(f"{place}/") and pattern != f"{place}/*":
            parts.append(life)
        else:
            # a file that is written again is no longer there as it was
            whole[write.path, id(life) if write.is_tree or "*" in write.path else 0] = life
    return list(whole.values()), parts


def _nearest(parts: Sequence[Life]) -> Life | None:
    """The deepest tree, of several the last."""
    return max(reversed(parts), key=lambda life: life.write.path.rstrip("/").count("/"), default=None)


def _is_filled(pattern: str, tree: Write) -> bool:
    return not _FILLED.isdisjoint(pattern[len(tree.path.rstrip("/")) :].split("/"))


def _is_near(recipe: Recipe, number: int, use: Use) -> bool:
    """Whether a program of a step runs where it may have made what a command means, before that."""
    end = use.call.start if number == use.step else inf
    heres = [here for here, start in recipe.once(_programs).get(number, {}).items() if start < end]
    return any(here is None or _is_in(pattern, here) for here in heres for pattern in use.patterns)


def _is_in(pattern: str, here: str) -> bool:
    return dirname(pattern) == here or f"{pattern}/".startswith(f"{here}/")


def _programs(recipe: Recipe) -> dict[int, dict[str | None, int]]:
    """Of each RUN the directories that programs run in which may use or make what nobody names, and where the first of
    them stands; None for a directory that only a run knows.
    """
    found: dict[int, dict[str | None, int]] = {}
    for number, each in recipe.once(doings).items():
        calls = [(doing.here, doing.call.start) for doing in each if may_find(doing.call)]
        found[number] = dict(reversed(calls))
    return found


def _made(recipe: Recipe) -> Iterator[Write]:
    """Directories that RUNs make: of a tree that was copied before they would be there else."""
    for step in layers(recipe):
        for call, here in directories(recipe, step) if step.keyword == "RUN" else ():
            if call.tool == "mkdir" or (call.tool == "install" and call.has("-d", "--directory")):
                paths = (path for word in call.operands for path in absolutes(word, here))
                yield from (Write(path, "made", step.number, call, is_tree=True) for path in paths)


def _is_made(pattern: str, life: Life, use: Use, made: Sequence[Write]) -> bool:
    """Whether a directory that a command means was made behind a tree that it may have been in."""
    behind = (each for each in made if life.write.step < each.step and each.call)
    return any(
        (each.step, each.call.start if each.call else 0) < _place(use) and matches(pattern, each) for each in behind
    )
