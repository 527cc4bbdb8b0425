"""The .deb files that apt installed stay in the layer.

What: a RUN installs where apt keeps what it downloads, and does not delete it.

Why: every package is there twice, as installed and packed. The official images of Debian and Ubuntu, and what is built
on them, have a hook that deletes the .debs (`/etc/apt/apt.conf.d/docker-clean`); that is assumed of a base that is not
known. So this speaks where a RUN deletes the hook, as for cache mounts, and where the image that was built
(`--image`) has .debs in the layer.

Bad:

    FROM debian:12
    RUN rm -f /etc/apt/apt.conf.d/docker-clean
    RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*

Good:

    FROM debian:12
    RUN rm -f /etc/apt/apt.conf.d/docker-clean
    RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/* && apt-get clean

Good, as they are in no layer:

    FROM debian:12
    RUN rm -f /etc/apt/apt.conf.d/docker-clean
    RUN --mount=type=cache,target=/var/cache/apt --mount=type=cache,target=/var/lib/apt \\
        apt-get update && apt-get install -y curl

Good, as the image has the hook:

    FROM debian:12
    RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*

Good, as apt, other than apt-get, deletes them unasked:

    FROM debian:12
    RUN rm -f /etc/apt/apt.conf.d/docker-clean
    RUN apt update && apt install -y curl && rm -rf /var/lib/apt/lists/*

Good, as they are deleted by name:

    FROM debian:12
    RUN rm -f /etc/apt/apt.conf.d/docker-clean
    RUN apt-get update && apt-get install -y curl && rm -f /var/cache/apt/archives/*.deb && rm -rf /var/lib/apt/lists/*

Bad, as it is asked to keep them:

    FROM debian:12
    RUN rm /etc/apt/apt.conf.d/docker-clean; \\
        echo 'Binary::apt::APT::Keep-Downloaded-Packages "true";' >/etc/apt/apt.conf.d/keep
    RUN apt update && apt install -y curl && rm -rf /var/lib/apt/lists/*

Source: apt-get(8), clean; apt.conf(5), Keep-Downloaded-Packages; debuerreotype, scripts/debuerreotype-minimizing-config
"""

import re
from collections.abc import Iterator
from math import inf

from shave.cleaning import may_be_mounted, removes
from shave.facts import load
from shave.globs import matcher
from shave.lint import About, Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import appended, by_same
from shave.rules.apt import TOOLS, installs, upgrades
from shave.rules.known import BuiltImage, Known
from shave.rules.protocol import Rule
from shave.rules.wanted import naming, unless
from shave.waste.facts import named

_CLEANING = frozenset({"clean", "dist-clean", "distclean"})
_KEEP = re.compile(rb"Keep-Downloaded-Packages\W{1,9}(?:true|yes|on|1)\b", re.IGNORECASE)
_DROP = re.compile(rb"APT::Keep-Downloaded-Packages\W{1,9}(?:false|no|off|0)\b", re.IGNORECASE)


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that downloads packages and keeps them."""
    for step in recipe.runs:
        calls = [call for call in step.calls if installs(call) or upgrades(call)]
        if calls and _keeps(recipe, step, calls, known.image) and not _is_clean(step, calls[-1]):
            yield _finding(recipe, step, calls[0])


def _keeps(recipe: Recipe, step: Step, calls: list[Call], image: BuiltImage | None) -> bool:
    """As the layer shows; where there is none, as the Dockerfile says."""
    if image and (layer := image.layers.get(step.number)) is not None:
        is_kept = matcher(named("apt archives").globs)
        return any(is_kept(entry.path) for entry in image.explained.survey.layers[layer].index.entries)
    unhooked, keeping, dropping = recipe.once(_settings)
    is_apt_asked = all(call.tool == "apt" for call in calls)
    return unhooked <= step.number < dropping and (not is_apt_asked or keeping <= step.number)


def _settings(recipe: Recipe) -> tuple[float, float, float]:
    """The numbers of the first RUNs that take away the hook, have apt keep what it downloads, and have none keep it."""
    hook = load("apt")["archives"]["hook"]
    unhooking = (step.number for step in recipe.runs if removes(step, hook))
    keeping = (step.number for step in recipe.runs if _says(step, _KEEP))
    dropping = (step.number for step in recipe.runs if _says(step, _DROP))
    return next(unhooking, inf), next(keeping, inf), next(dropping, inf)


def _says(step: Step, pattern: re.Pattern[bytes]) -> bool:
    return bool(pattern.search(step.file.text, step.start, step.instruction.end))


def _is_clean(step: Step, last: Call) -> bool:
    file = load("apt")["archives"]["file"]
    cleaning = (call for call in step.calls if call.tool in TOOLS and call.verb in _CLEANING)
    return may_be_mounted(step, file) or any(call.start >= last.start for call in cleaning) or removes(step, file, last)


def _finding(recipe: Recipe, step: Step, call: Call) -> LintFinding:
    edit = appended(step, by_same(step, call, "apt-get clean"))
    fix = Fix("delete the packages in the same RUN", (edit,), is_safe=True) if edit else None
    wanted = naming(recipe, step.instruction.end, (load("apt")["archives"]["directory"],))
    return LintFinding(
        "SHV106",
        "warning",
        "the packages that apt downloaded stay in the layer",
        step.number,
        call.start,
        call.end,
        advice="end the RUN with apt-get clean",
        fix=unless(recipe, "them", fix, wanted),
        about=About("written", (step.number,), named("apt archives").globs),
    )


RULE = Rule("SHV106", "The .deb files that apt installed stay in the layer", "warning", (), look)
