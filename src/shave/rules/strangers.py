"""What runs behind a step, in its stage and in those that have its files; and who of that is not known here."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from shave.recipe import Call, Recipe, Step
from shave.rules.flattened import whole
from shave.rules.users import is_powerless
from shave.rules.wanted import is_unknown

T = TypeVar("T")


def backwards(
    recipe: Recipe, nothing: T, through: Callable[[Step, T], T], either: Callable[[T, T], T]
) -> Mapping[int, T]:
    """Of each step, by its number, what is known of all that runs behind it.

    ``through`` says what that is before a step, by what it is behind it, ``either`` what two stages together are that
    start from the same one.
    """
    found: dict[int, T] = {}
    stages: dict[int, T] = {}
    for step in reversed(recipe.steps):
        found[step.number] = stages.get(step.stage, nothing)
        stages[step.stage] = through(step, found[step.number])
        copied = whole(recipe, step)
        if copied:
            stages[copied.number] = either(found[step.number], stages.get(copied.number, nothing))
        parent = recipe.file.stages[step.stage].parent if step.keyword == "FROM" else None
        if parent is not None:
            stages[parent] = either(stages[step.stage], stages.get(parent, nothing))
    return found


def stranger(recipe: Recipe, step: Step, behind: Call) -> int | None:
    """Where a program that nobody here knows first runs behind a call, in its RUN or later; None for nowhere."""
    here = (call.start for call in step.calls if call.start > behind.start and is_unknown(call))
    return next(here, recipe.once(_strangers)[step.number])


def managing_stranger(recipe: Recipe, step: Step, behind: Call) -> int | None:
    """The first such program that may start a system's package manager: nobody does who is not root."""
    here = (call.start for call in step.calls if call.start > behind.start and is_unknown(call))
    return next(here, recipe.once(_managing_strangers)[step.number])


def hidden(step: Step) -> int | None:
    """Where a RUN stands whose commands are not read: one for later, or one of another shell."""
    inner = step.instruction.inner
    is_unread = step.keyword == "RUN" and step.shell and step.shell.unread
    return step.start if is_unread or (inner and inner.keyword == "RUN") else None


def _strangers(recipe: Recipe) -> Mapping[int, int | None]:
    return backwards(recipe, None, _through, _either)


def _managing_strangers(recipe: Recipe) -> Mapping[int, int | None]:
    def through(step: Step, behind: int | None) -> int | None:
        return behind if is_powerless(recipe, step) else _through(step, behind)

    return backwards(recipe, None, through, _either)


def _either(one: int | None, other: int | None) -> int | None:
    return other if one is None else one


def _through(step: Step, behind: int | None) -> int | None:
    calls = step.calls if step.keyword == "RUN" else ()
    first = next((call.start for call in calls if is_unknown(call)), hidden(step))
    return behind if first is None else first
