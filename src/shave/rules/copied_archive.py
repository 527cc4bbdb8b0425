"""An archive is copied, and unpacked by a RUN.

What: a COPY brings an archive, and a RUN unpacks it.

Why: the archive stays in the layer of the COPY beside what was in it, whatever a later step deletes. ADD unpacks tar
archives of the context by itself; other archives can be mounted for the RUN.

Bad:

    FROM debian:12
    COPY app.tar.gz /tmp/
    RUN mkdir -p /opt/app && tar -xzf /tmp/app.tar.gz -C /opt/app && rm /tmp/app.tar.gz

Good:

    FROM debian:12
    ADD app.tar.gz /opt/app/

Bad, as ADD knows no zip:

    FROM debian:12
    COPY app.zip /tmp/app.zip
    RUN unzip -q /tmp/app.zip -d /opt && rm /tmp/app.zip
    CMD ["/opt/app"]

Good, with BuildKit:

    FROM debian:12
    RUN --mount=type=bind,source=app.zip,target=/tmp/app.zip unzip -q /tmp/app.zip -d /opt
    CMD ["/opt/app"]

Good, as ADD unpacks it:

    FROM debian:12
    ADD app.tar.gz /opt/app/

Good, as nothing here unpacks it:

    FROM debian:12
    COPY app.tar.gz /srv/downloads/

Source: Dockerfile reference, ADD, "Adding local tar archives"
"""

import re
from collections.abc import Iterator

from shave.directories import absolute, directories
from shave.dockerfile.edits import Edit
from shave.lint import About, Fix, LintFinding
from shave.lives import Life, Use, lives
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import removed
from shave.rules.known import Known
from shave.rules.mounting import is_named_behind, mounted
from shave.rules.protocol import Rule
from shave.rules.told import is_copied_archive, is_plain
from shave.written import TAR

_PLAIN = re.compile(r"-?[xzjJvfpC]+|-C|--(?:extract|gzip|gunzip|bzip2|xz|file=.*|directory=.*|verbose)")


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each COPY of an archive that a RUN unpacks."""
    for life in lives(recipe):
        use = life.use("unpacked")
        if use and is_copied_archive(life):
            step = recipe.steps[life.write.step]
            yield LintFinding(
                "SHV210",
                "warning",
                "the archive stays in the image beside what was in it",
                step.number,
                step.start,
                step.end,
                advice="ADD it, which unpacks tar archives, or mount it for the RUN: RUN --mount=type=bind",
                fix=_added(recipe, life, use) or mounted(recipe, life),
                about=About("written", (step.number,), (life.write.path.lstrip("/"),)),
            )


def _added(recipe: Recipe, life: Life, use: Use) -> Fix | None:
    """ADD to where the RUN unpacks it, if that is all the RUN does. Not safe: ADD takes owners by number."""
    copy, run = recipe.steps[life.write.step], recipe.steps[use.step]
    place = next((here for call, here in directories(recipe, run) if call is use.call), None)
    target = absolute(use.call.value("-C", "--directory") or ".", place)
    is_alone = copy.keyword == "COPY" and not copy.instruction.flags and len(copy.instruction.arguments) == 2
    if not (
        is_alone
        and target
        and is_plain(target)
        and TAR.search(life.write.source)
        and _does_nothing_else(run, life, use.call)
    ):
        return None
    if recipe.before(run) is not copy or is_named_behind(recipe, life, run.number):
        return None
    name, last = copy.instruction.name, copy.instruction.arguments[-1]
    edits = Edit(name.start, name.end, b"ADD"), Edit(last.start, last.end, f"{target.rstrip('/')}/".encode())
    return Fix("ADD unpacks it", (*edits, removed(run)), is_safe=False)


def _does_nothing_else(run: Step, life: Life, unpacking: Call) -> bool:
    """Whether a RUN makes directories, unpacks the archive with options that ADD has too, deletes it, no more."""
    options = [word for word in unpacking.words[1:] if word and word.startswith("-")]
    if unpacking.tool not in ("tar", "bsdtar") or not all(map(_PLAIN.fullmatch, options)) or len(unpacking.plain) > 1:
        return False
    deletions = [use.call for use in life.uses if use.how == "deleted" and len(use.patterns) == 1]
    others = [call for call in run.calls if call is not unpacking and call not in deletions]
    return all(call.tool == "mkdir" and not call.has("-m", "--mode") for call in others)


RULE = Rule("SHV210", "An archive is copied, and unpacked by a RUN", "warning", ("DL3010",), look)
