"""An upgrade of all packages ships the upgraded files twice.

What: a RUN upgrades whatever the base image has installed.

Why: the base's layers keep the old files, and the new ones come on top. A newer base image, or a build with `--pull`,
brings the same updates once, in layers that other images share. It is advice: where no newer base is there, an upgrade
is worth its bytes.

Bad:

    FROM debian:12
    RUN apt-get update && apt-get -y dist-upgrade && rm -rf /var/lib/apt/lists/*

Bad:

    FROM alpine:3.20
    RUN apk --no-cache upgrade

Good, as one package is upgraded for its own sake:

    FROM debian:12
    RUN apt-get update && apt-get install -y --only-upgrade openssl && rm -rf /var/lib/apt/lists/*

Good, as nothing is upgraded:

    FROM debian:12
    RUN apt-get update && apt-get -s upgrade && rm -rf /var/lib/apt/lists/*

Good, as the image is not made of these layers:

    FROM debian:12 AS upgraded
    RUN apt-get update && apt-get -y upgrade
    FROM scratch
    COPY --from=upgraded / /

Source: apt-get(8), upgrade; apk(8), upgrade; Docker's guide, Building best practices, Rebuild your images often
"""

from collections.abc import Iterator

from shave.lint import About, LintFinding
from shave.recipe import Call, Recipe
from shave.rules.apt import upgrades
from shave.rules.known import Known
from shave.rules.protocol import Rule


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that upgrades all packages."""
    for step in recipe.runs:
        calls = [call for call in step.calls if upgrades(call) or _upgrades_alpine(call)]
        if calls:
            yield LintFinding(
                "SHV104",
                "info",
                "the files of upgraded packages are in the image twice",
                step.number,
                calls[0].start,
                calls[0].end,
                advice="build on a newer base image: docker build --pull",
                about=About("rewritten", (step.number,)),
            )


def _upgrades_alpine(call: Call) -> bool:
    """All packages: none is named."""
    return call.tool == "apk" and call.verb == "upgrade" and not call.targets and not call.has("-s", "--simulate")


RULE = Rule("SHV104", "An upgrade of all packages ships the upgraded files twice", "info", ("DL3005", "DL3017"), look)
