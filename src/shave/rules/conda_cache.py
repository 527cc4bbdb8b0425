"""The cache of conda or pacman stays in the layer.

What: a RUN installs and leaves the package cache behind.

Why: each package is there three times: as the archive, extracted, and installed.

Bad:

    FROM continuumio/miniconda3
    RUN conda install -y numpy

Good:

    FROM continuumio/miniconda3
    RUN conda install -y numpy && conda clean --all --yes

Source: conda clean; pacman(8), -Sc
"""

from collections.abc import Iterator

from msgspec.structs import replace

from shave.lint import LintFinding
from shave.recipe import Recipe
from shave.rules.caches import left
from shave.rules.known import Known
from shave.rules.protocol import Rule


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that leaves the cache; the estimate is of what they leave together."""
    for at, each in enumerate(left(recipe, "SHV116", "the package cache")):
        yield replace(each, amount=None) if at else each


RULE = Rule("SHV116", "The cache of conda or pacman stays in the layer", "warning", (), look)
