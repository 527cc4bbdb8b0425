"""Packages are copied into the image to be installed.

What: a COPY brings wheels, .debs, npm's .tgz or other packages, and a RUN installs them.

Why: they stay in the layer of the COPY, beside what is installed from them, whatever a later step deletes. A bind mount
shows them to the RUN and leaves nothing.

Bad:

    FROM python:3.11-slim
    COPY --from=build /wheels /wheels
    RUN pip install --no-index -f /wheels app && rm -rf /wheels

Good, with BuildKit:

    FROM python:3.11-slim
    RUN --mount=type=bind,from=build,source=/wheels,target=/wheels pip install --no-index -f /wheels app

Bad, from the context:

    FROM debian:12
    COPY tool.deb /tmp/tool.deb
    RUN dpkg -i /tmp/tool.deb
    CMD ["tool"]

Good:

    FROM debian:12
    RUN --mount=type=bind,source=tool.deb,target=/tmp/tool.deb dpkg -i /tmp/tool.deb
    CMD ["tool"]

Good, as a list of requirements is no package:

    FROM python:3.11-slim
    COPY requirements.txt /tmp/
    RUN pip install --no-cache-dir -r /tmp/requirements.txt

Source: Dockerfile reference, RUN --mount=type=bind
"""

from collections.abc import Iterator
from itertools import groupby

from shave.lint import About, LintFinding
from shave.lives import Life, lives
from shave.recipe import Recipe
from shave.rules.known import Known
from shave.rules.mounting import mounted
from shave.rules.protocol import Rule
from shave.rules.told import is_copied_package

_PACKAGES = "*.{whl,deb,rpm,apk,gem,tgz,pkg.tar.*}"


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each COPY of packages that a RUN installs."""
    for number, found in groupby(filter(is_copied_package, lives(recipe)), key=lambda life: life.write.step):
        step, packages = recipe.steps[number], tuple(found)
        yield LintFinding(
            "SHV208",
            "warning",
            "the packages stay in the image beside what is installed from them",
            number,
            step.start,
            step.end,
            advice="mount them for the RUN that installs them: RUN --mount=type=bind",
            fix=mounted(recipe, packages[0]) if len(packages) == 1 else None,
            about=About("written", (number,), tuple(glob for life in packages for glob in _globs(life))),
        )


def _globs(life: Life) -> tuple[str, ...]:
    path, use = life.write.path, life.use("installed")
    if not life.write.is_tree:
        return (path.lstrip("/"),)
    is_all = use is not None and path in use.patterns
    return (f"{path}/**".lstrip("/") if is_all else f"{path}/**/{_PACKAGES}".lstrip("/"),)


RULE = Rule("SHV208", "Packages are copied into the image to be installed", "warning", (), look)
