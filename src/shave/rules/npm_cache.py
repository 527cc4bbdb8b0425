"""npm's cache stays in the layer.

What: a RUN installs and leaves npm's cache behind.

Why: every tarball that was fetched is there as it was, and nobody installs it again.

Bad:

    FROM node:20
    RUN npm ci

Good:

    FROM node:20
    RUN npm ci && npm cache clean --force

Source: npm-cache(1)
"""

from collections.abc import Iterator

from shave.lint import LintFinding
from shave.recipe import Recipe
from shave.rules.caches import left
from shave.rules.known import Known
from shave.rules.protocol import Rule


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that leaves the cache."""
    return left(recipe, "SHV122", "npm's cache")


RULE = Rule("SHV122", "npm's cache stays in the layer", "warning", ("DL3060",), look)
