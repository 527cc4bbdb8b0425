"""There are very many layers.

What: the image gets more than forty layers of its own, or more than a hundred in all.

Why: each layer is fetched and unpacked by itself, so that small ones cost round trips more than bytes; and an image
cannot have any number of them: overlayfs as Docker uses it mounts at most 128. An image that others build on should
leave them room.

Bad:

    FROM debian:12
    COPY 01 /
    COPY 02 /
    COPY 03 /
    COPY 04 /
    COPY 05 /
    COPY 06 /
    COPY 07 /
    COPY 08 /
    COPY 09 /
    COPY 10 /
    COPY 11 /
    COPY 12 /
    COPY 13 /
    COPY 14 /
    COPY 15 /
    COPY 16 /
    COPY 17 /
    COPY 18 /
    COPY 19 /
    COPY 20 /
    COPY 21 /
    COPY 22 /
    COPY 23 /
    COPY 24 /
    COPY 25 /
    COPY 26 /
    COPY 27 /
    COPY 28 /
    COPY 29 /
    COPY 30 /
    COPY 31 /
    COPY 32 /
    COPY 33 /
    COPY 34 /
    COPY 35 /
    COPY 36 /
    COPY 37 /
    COPY 38 /
    COPY 39 /
    COPY 40 /
    COPY 41 /

Good:

    FROM debian:12
    COPY 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 /
    COPY 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 /

Source: moby, daemon/graphdriver/overlay2/overlay.go, maxDepth; Docker documentation, OverlayFS storage driver
"""

from collections.abc import Iterator

from shave.lint import LintFinding
from shave.lives import layers
from shave.recipe import Recipe
from shave.rules.known import Known
from shave.rules.protocol import Rule

_OWN, _ALL = 40, 100


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """The step that makes one layer too many."""
    made = [step for step in layers(recipe) if step.keyword in ("RUN", "COPY", "ADD")]
    count = len(known.image.explained.survey.layers) if known.image else 0
    if made and (len(made) > _OWN or count > _ALL):
        step = made[min(_OWN, len(made) - 1)]
        yield LintFinding(
            "SHV205",
            "info",
            f"the image has {count} layers" if count else f"the image gets {len(made)} layers of its own",
            step.number,
            step.start,
            step.end,
            advice="copy several files in one COPY; run in one RUN what changes together",
        )


RULE = Rule("SHV205", "There are very many layers", "info", (), look)
