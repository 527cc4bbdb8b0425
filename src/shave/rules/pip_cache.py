"""pip's cache stays in the layer.

What: a RUN installs and leaves pip's cache behind.

Why: every wheel that was fetched is there as it was, and nobody installs it again.

Bad:

    FROM python:3.11
    RUN pip install flask

Good:

    FROM python:3.11
    RUN pip install --no-cache-dir flask

Source: pip, Topic Guides, Caching
"""

from collections.abc import Iterator

from shave.lint import LintFinding
from shave.recipe import Recipe
from shave.rules.caches import left
from shave.rules.known import Known
from shave.rules.protocol import Rule


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that leaves the cache."""
    return left(recipe, "SHV120", "pip's cache")


RULE = Rule("SHV120", "pip's cache stays in the layer", "warning", ("DL3042",), look)
