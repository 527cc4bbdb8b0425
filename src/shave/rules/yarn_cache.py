"""yarn's cache stays in the layer.

What: a RUN installs and leaves yarn's cache behind.

Why: every package that was fetched is there, too.

Bad:

    FROM node:20
    RUN yarn install --frozen-lockfile

Good:

    FROM node:20
    RUN yarn install --frozen-lockfile && yarn cache clean

Source: Yarn 1, yarn cache clean
"""

from collections.abc import Iterator

from shave.lint import LintFinding
from shave.recipe import Recipe
from shave.rules.caches import left
from shave.rules.known import Known
from shave.rules.protocol import Rule


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that leaves the cache."""
    return left(recipe, "SHV124", "yarn's cache")


RULE = Rule("SHV124", "yarn's cache stays in the layer", "warning", ("DL3060",), look)
