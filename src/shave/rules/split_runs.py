"""A RUN takes back what an earlier RUN did.

What: a RUN uninstalls, prunes or cleans what one before it installed or built.

Why: RUNs in a row cost nothing in themselves: two layers are as large as one with the same files. They cost where the
second takes away or writes anew what the first wrote, for that stays in the first layer. Only then shave speaks; a rule
that asks to merge all RUNs (DL3059) makes no image smaller.

With an image, RUNs in a row are found too of which the layers show that the second wrote over files of the first.

Bad:

    FROM debian:12
    RUN make
    RUN make clean

Good:

    FROM debian:12
    RUN make && make clean

Bad, where packages are gone and stay:

    FROM node:20
    WORKDIR /app
    COPY . .
    RUN npm ci --no-audit && npm run build
    RUN npm prune --omit=dev

Good:

    FROM node:20
    WORKDIR /app
    COPY . .
    RUN npm ci --no-audit && npm run build && npm prune --omit=dev

Good, as two RUNs with files of their own cost as much as one:

    FROM debian:12
    RUN make -C /a install
    RUN make -C /b install

Source: OCI image specification, layer.md; Docker's guide, Building best practices
"""

from collections.abc import Iterator
from functools import cache

from msgspec import Struct, convert

from shave.facts import load
from shave.lint import About, Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import merged
from shave.rules.known import Known
from shave.rules.layer_files import LEAST, caches, replaced
from shave.rules.protocol import Rule
from shave.rules.told import where


class Undo(Struct, frozen=True):
    """A row of facts/writes.toml: calls that take back what those with a verb of ``of`` did."""

    names: frozenset[str]
    verbs: frozenset[str]
    of: frozenset[str]
    source: str


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN that takes back what an earlier one did, or of which an image shows that it wrote over it."""
    for first, call, second in pairs(recipe, known):
        yield _finding(recipe, first, call, second) if call else _measured(recipe, first, second)


def pairs(recipe: Recipe, known: Known) -> Iterator[tuple[Step, Call | None, Step]]:
    """RUNs of which the second takes back what the first did: by this call, or None where layers show it."""
    for at, second in enumerate(recipe.runs):
        first = recipe.before(second)
        if found := _undone(recipe.runs[:at], second):
            yield *found, second
        elif (
            known.image
            and first
            and first.keyword == "RUN"
            and replaced(known.image, first.number, second.number) >= LEAST
        ):
            yield first, None, second


def _undone(earlier: tuple[Step, ...], second: Step) -> tuple[Step, Call] | None:
    """The last RUN that did what a call of another takes back, if that did not do it itself."""
    for row in _undoes():
        calls = [call for call in second.calls if call.tool in row.names]
        undo = next((call for call in calls if call.verb in row.verbs), None)
        if undo and not any(call.verb in row.of for call in calls if call.start < undo.start):
            first = next((step for step in reversed(earlier) if _does(step, row)), None)
            return (first, undo) if first else None
    return None


def _does(step: Step, row: Undo) -> bool:
    calls = [call for call in step.calls if call.tool in row.names]
    return any(call.verb in row.of for call in calls) and not any(call.verb in row.verbs for call in calls)


def _finding(recipe: Recipe, first: Step, call: Call, second: Step) -> LintFinding:
    return LintFinding(
        "SHV204",
        "warning",
        f"what this takes away stays in the layer of {where(recipe, first)}",
        second.number,
        call.start,
        call.end,
        advice="do it in the same RUN, or build in an earlier stage",
        fix=_fix(recipe, first, second),
        about=About("merged", (first.number, second.number)),
    )


def _measured(recipe: Recipe, first: Step, second: Step) -> LintFinding:
    return LintFinding(
        "SHV204",
        "info",
        "this RUN writes over files that the one before it wrote",
        second.number,
        second.start,
        second.end,
        advice="make one RUN of both",
        fix=_fix(recipe, first, second),
        about=About("merged", (first.number, second.number), but=caches()),
    )


def _fix(recipe: Recipe, first: Step, second: Step) -> Fix | None:
    edits = merged(recipe, first, *recipe.steps[first.number + 1 : second.number + 1])
    return Fix("make one RUN of them", edits, is_safe=True) if edits else None


@cache
def _undoes() -> tuple[Undo, ...]:
    return convert(load("writes")["undo"], tuple[Undo, ...])


RULE = Rule("SHV204", "A RUN takes back what an earlier RUN did", "warning", ("DL3059",), look)
