"""zypper's cache stays in the layer.

What: a RUN installs and leaves zypper's cache behind.

Why: metadata and packages are fetched anew by whoever installs something later.

Bad:

    FROM opensuse/leap:15
    RUN zypper --non-interactive install curl

Good:

    FROM opensuse/leap:15
    RUN zypper --non-interactive install curl && zypper clean --all

Source: zypper(8), clean
"""

from collections.abc import Iterator

from shave.lint import LintFinding
from shave.recipe import Recipe
from shave.rules.caches import left
from shave.rules.known import Known
from shave.rules.protocol import Rule


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that leaves the cache."""
    return left(recipe, "SHV114", "zypper's cache")


RULE = Rule("SHV114", "zypper's cache stays in the layer", "warning", ("DL3036",), look)
