"""apt's package lists are fetched in a RUN of their own.

What: a RUN fetches the lists of packages and installs nothing.

Why: the lists are in its layer, and so in the image, whoever deletes them later; and a builder that has the layer
already installs from old lists. If nothing installs from them they are there for nothing.

Bad:

    FROM debian:12
    RUN apt-get update
    RUN apt-get install -y curl
    CMD ["curl"]

Good:

    FROM debian:12
    RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*
    CMD ["curl"]

Bad:

    FROM debian:12
    RUN apt-get -qq update
    ENV LANG=C.UTF-8
    COPY app /app
    RUN set -eux; \\
        /app/check; \\
        apt-get install -y curl; \\
        rm -rf /var/lib/apt/lists/*

Good:

    FROM debian:12
    ENV LANG=C.UTF-8
    COPY app /app
    RUN set -eux; \\
        /app/check; \\
        apt-get -qq update; \\
        apt-get install -y curl; \\
        rm -rf /var/lib/apt/lists/*

Bad, with a comment that speaks of what is installed:

    FROM debian:12
    RUN apt-get update
    # for the tests
    RUN apt-get install -y curl
    CMD ["curl"]

Good:

    FROM debian:12
    # for the tests
    RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*
    CMD ["curl"]

Bad, as nobody needs them:

    FROM debian:12
    RUN apt-get update
    COPY app /app

Good:

    FROM debian:12
    COPY app /app

Good, as they are in no layer:

    FROM debian:12
    RUN --mount=type=cache,target=/var/lib/apt apt-get update
    RUN --mount=type=cache,target=/var/lib/apt apt-get install -y curl

Good, as the lists that stay are SHV101:

    FROM debian:12
    RUN dpkg --add-architecture i386 && apt-get update

Source: Docker's guide, Building best practices, apt-get; apt-get(8), update
"""

from collections.abc import Iterator

from msgspec.structs import replace

from shave.lint import Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import appended, by_same, comments, preceded, removed, shifted
from shave.recipe_joints import is_continued
from shave.rules.apt import DELETE_LISTS, Fetched, are_deleted, fetched, heirs, lists_amount, told, wanted
from shave.rules.apt_many import shared
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.wanted import unless

_INERT = frozenset(
    {"ARG", "CMD", "ENTRYPOINT", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "STOPSIGNAL", "WORKDIR"}
)
"""Instructions that a command may be moved over without meaning anything else."""
_OTHER = frozenset({"USER", "SHELL"})
"""Those behind which it may mean anything."""


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that fetches lists for a later one, or for nobody."""
    return told(recipe, _alone(recipe))


def _alone(recipe: Recipe) -> Iterator[LintFinding]:
    for each in fetched(recipe):
        if each.reader:
            continue
        if each.heirs.reader:
            yield _shared(recipe, each, *each.heirs.reader)
        elif each.is_alone:
            yield _useless(recipe, each)


def _shared(recipe: Recipe, each: Fetched, reader: Step, call: Call) -> LintFinding:
    """Fetched where they are needed, if a comment speaks of what is installed there or it is listed line by line."""
    found = shared(recipe, each, "SHV103", "the package lists are fetched in a RUN of their own, and stay in it")
    moved = _moved(recipe, each, reader, call)
    is_below = comments(each.step, reader) or is_continued(reader)
    return replace(found, fix=moved or found.fix if is_below else found.fix or moved)


def _useless(recipe: Recipe, each: Fetched) -> LintFinding:
    return LintFinding(
        "SHV103",
        "warning",
        "package lists are fetched that nothing installs from",
        each.step.number,
        each.call.start,
        each.call.end,
        advice="remove the RUN",
        fix=unless(
            recipe, "the lists", Fix("remove the RUN", (removed(each.step),), is_safe=True), wanted(recipe, each)
        ),
        about=each.about,
        amount=lists_amount(),
    )


def _moved(recipe: Recipe, each: Fetched, reader: Step, call: Call) -> Fix | None:
    """The lists fetched right before the only one that needs them."""
    between = {step.keyword for step in recipe.steps[each.step.number + 1 : reader.number]}
    command = _command(each)
    if command is None or reader.stage != each.step.stage or between & _OTHER or heirs(recipe)[reader.number].reader:
        return None
    edits = [preceded(reader, call, command)]
    if not are_deleted(reader, call):
        edits.append(appended(reader, by_same(reader, call, DELETE_LISTS)))
    known = tuple(edit for edit in edits if edit)
    if len(known) < len(edits):
        return None
    known = (*shifted(each.step, reader), *known)
    fix = Fix("fetch the lists in the RUN that installs, and delete them there", known, between <= _INERT)
    stranger = None if are_deleted(reader, call) else heirs(recipe)[reader.number].stranger
    return unless(recipe, "them", fix, stranger, wanted(recipe, each))


def _command(each: Fetched) -> str | None:
    """What the RUN does, if that is one command in a line, on which nothing else depends."""
    shell = each.step.shell
    if shell is None or len(shell.steps) != 1 or not each.is_alone or each.step.instruction.flags:
        return None
    text = shell.text.text[shell.steps[0].start : shell.steps[0].end]
    return None if b"\n" in text else text.decode("utf-8", "replace")


RULE = Rule("SHV103", "apt's package lists are fetched in a RUN of their own", "warning", ("DL3009",), look)
