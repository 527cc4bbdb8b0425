"""yum's cache stays in the layer.

What: a RUN installs and leaves yum's cache behind.

Why: metadata and packages are fetched anew by whoever installs something later.

Bad:

    FROM centos:7
    RUN yum install -y curl

Good:

    FROM centos:7
    RUN yum install -y curl && yum clean all

Source: yum(8), clean
"""

from collections.abc import Iterator

from shave.lint import LintFinding
from shave.recipe import Recipe
from shave.rules import rpm_roots
from shave.rules.caches import left
from shave.rules.known import Known
from shave.rules.protocol import Rule


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that leaves the cache."""
    yield from left(recipe, "SHV112", "yum's cache")
    yield from rpm_roots.left(recipe, known, "SHV112", frozenset({"yum"}))


RULE = Rule("SHV112", "yum's cache stays in the layer", "warning", ("DL3032",), look)
