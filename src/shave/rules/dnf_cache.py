"""dnf's cache stays in the layer.

What: a RUN installs and leaves dnf's cache behind.

Why: metadata and packages are fetched anew by whoever installs something later. `dnf clean
metadata` and `dnf clean packages` delete a part each.

Bad:

    FROM fedora:40
    RUN dnf install -y curl

Good:

    FROM fedora:40
    RUN dnf install -y curl && dnf clean all

Source: dnf(8), clean
"""

from collections.abc import Iterator

from shave.lint import LintFinding
from shave.recipe import Recipe
from shave.rules.caches import left
from shave.rules.known import Known
from shave.rules.protocol import Rule


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that leaves the cache."""
    return left(recipe, "SHV113", "dnf's cache")


RULE = Rule("SHV113", "dnf's cache stays in the layer", "warning", ("DL3040",), look)
