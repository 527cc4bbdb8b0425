"""The cache of uv, poetry, pdm, pipenv or pipx stays in the layer.

What: a RUN installs and leaves the cache of the package manager behind.

Why: every wheel that was fetched is there too. What uv installs are hard links of its cache, which cost nothing more in
the same layer: there it is only what is in no package.

Bad:

    FROM python:3.11
    RUN uv pip install --system flask

Good:

    FROM python:3.11
    RUN uv pip install --no-cache --system flask

Source: uv, Caching; Poetry, Configuration; PDM, Pipenv and pipx, their references
"""

from collections.abc import Iterator

from shave.lint import LintFinding
from shave.recipe import Recipe
from shave.rules.caches import left
from shave.rules.known import Known
from shave.rules.protocol import Rule


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that leaves the cache."""
    return left(recipe, "SHV121", "the cache of the package manager")


RULE = Rule("SHV121", "The cache of uv, poetry, pdm, pipenv or pipx stays in the layer", "warning", (), look)
