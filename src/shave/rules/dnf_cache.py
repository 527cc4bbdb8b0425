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

Bad, as a root of another image has a cache of its own:

    FROM fedora:40 AS build
    RUN dnf install -y --installroot=/sys --releasever=40 coreutils-single \\
     && dnf clean all
    FROM scratch
    COPY --from=build /sys/ /
    CMD ["ls"]

Good:

    FROM fedora:40 AS build
    RUN dnf install -y --installroot=/sys --releasever=40 coreutils-single \\
     && dnf clean all --installroot=/sys \\
     && dnf clean all
    FROM scratch
    COPY --from=build /sys/ /
    CMD ["ls"]

Good, as a later RUN of the build stage deletes it:

    FROM fedora:40 AS build
    RUN dnf install -y --installroot=/sys --releasever=40 coreutils-single
    RUN rm -rf /sys/var/cache/*
    FROM scratch
    COPY --from=build /sys/ /
    CMD ["ls"]

A RUN that only fetches (`dnf makecache`) is for nobody: whoever installs fetches what is missing.

Bad:

    FROM fedora:40
    RUN dnf makecache
    RUN dnf install -y curl && dnf clean all

Good:

    FROM fedora:40
    RUN dnf install -y curl && dnf clean all

Source: dnf(8), clean, --installroot
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
    yield from left(recipe, "SHV113", "dnf's cache")
    yield from rpm_roots.left(recipe, known, "SHV113", frozenset({"dnf", "dnf5", "microdnf"}))


RULE = Rule("SHV113", "dnf's cache stays in the layer", "warning", ("DL3040",), look)
