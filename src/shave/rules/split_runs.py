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

Bad, where a package is named that a RUN above names:

    FROM python:3.13-slim
    RUN pip install --no-cache-dir six
    RUN pip install --no-cache-dir idna
    RUN pip uninstall -y six

Good, as what goes is not known to be of this file:

    FROM python:3.13-slim
    RUN pip install --no-cache-dir idna
    RUN pip uninstall -y pip setuptools

Good, as two RUNs with files of their own cost as much as one:

    FROM debian:12
    RUN make -C /a install
    RUN make -C /b install

Source: OCI image specification, layer.md; Docker's guide, Building best practices
"""

from collections.abc import Iterator

from msgspec import Struct

from shave.lint import About, Fix, LintFinding
from shave.recipe import Recipe, Step
from shave.recipe_edits import merged
from shave.rules.known import Known
from shave.rules.layer_files import LEAST, caches, replaced
from shave.rules.protocol import Rule
from shave.rules.told import where
from shave.rules.undone import Undone, undone


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN that takes back what an earlier one did, or of which an image shows that it wrote over it."""
    for pair in pairs(recipe, known):
        yield _finding(recipe, pair, pair.undone) if pair.undone else _measured(recipe, pair.firsts[0], pair.second)


class Pair(Struct, frozen=True):
    """RUNs, and one that takes back what one of them did: by its own word, or as layers show it."""

    firsts: tuple[Step, ...]
    second: Step
    undone: Undone | None = None


def pairs(recipe: Recipe, known: Known) -> Iterator[Pair]:
    """RUNs of which the second takes back what the first did."""
    for second in recipe.runs:
        first = recipe.before(second)
        if found := undone(recipe, second):
            yield Pair(found.firsts, second, found)
        elif (
            known.image
            and first
            and first.keyword == "RUN"
            and replaced(known.image, first.number, second.number) >= LEAST
        ):
            yield Pair((first,), second)


def _finding(recipe: Recipe, pair: Pair, found: Undone) -> LintFinding:
    is_one, second = len(pair.firsts) == 1, pair.second
    place = f"the layer of {where(recipe, pair.firsts[0])}" if is_one else "the layer that has it"
    is_near = not found.is_named or recipe.before(second) is pair.firsts[0]
    return LintFinding(
        "SHV204",
        "warning" if found.is_sure else "info",
        f"what this takes away {'may stay' if is_one and not found.is_sure else 'stays'} in {place}",
        second.number,
        found.call.start,
        found.call.end,
        advice="do it in the same RUN, or build in an earlier stage",
        fix=_fix(recipe, pair.firsts[0], second) if is_one and is_near else None,
        about=About("merged", (*(step.number for step in pair.firsts), second.number)),
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


RULE = Rule("SHV204", "A RUN takes back what an earlier RUN did", "warning", ("DL3059",), look)
