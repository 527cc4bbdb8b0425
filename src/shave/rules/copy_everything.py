"""A whole root file system is copied over another.

What: `COPY --from=stage / /` in a stage that has a system of its own.

Why: everything comes a second time, the base image's own files too: a file that is the same in both is in the image
twice, and the tools of the build come with the program.

Onto `scratch` it is a way to have one layer, and costs nothing; and a stage made from `scratch` holds only what was put
into it.

Bad:

    FROM debian:12 AS build
    RUN make install
    FROM debian:12-slim
    COPY --from=build / /

Good, where only what was made is copied:

    FROM debian:12 AS build
    RUN make install DESTDIR=/out
    FROM debian:12-slim
    COPY --from=build /out/ /

Good, as it makes one layer of many:

    FROM debian:12 AS build
    RUN apt-get update && apt-get upgrade -y && rm -rf /var/lib/apt/lists/*
    FROM scratch
    COPY --from=build / /

Good, as the stage holds nothing else:

    FROM scratch AS files
    COPY etc /etc
    FROM debian:12
    COPY --from=files / /

Source: Docker's guide, Multi-stage builds
"""

from collections.abc import Iterator

from shave.lint import About, LintFinding
from shave.lives import layers
from shave.recipe import Recipe
from shave.rules.flattened import whole
from shave.rules.known import Known
from shave.rules.protocol import Rule


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each COPY of a stage's root onto another system."""
    for step in layers(recipe):
        if recipe.base(step.stage) != "scratch" and whole(recipe, step):
            yield LintFinding(
                "SHV206",
                "warning",
                "this copies all of another root file system over this one",
                step.number,
                step.start,
                step.end,
                advice="copy what the build made: install it to a directory of its own (DESTDIR, --prefix)",
                about=About("again", (step.number,)),
            )


RULE = Rule("SHV206", "A whole root file system is copied over another", "warning", (), look)
