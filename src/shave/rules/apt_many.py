"""apt's package lists stay in a layer for a later RUN.

What: a RUN fetches the lists of packages and installs some, and a later RUN installs more from the same lists.

Why: what a later RUN needs is in a layer, and what is in a layer is in the image, whoever deletes it later. In one RUN
the lists are fetched, used and deleted before a layer is made. RUNs that each fetch and delete their own cost nothing
but time: they are no finding, and those that each leave them are SHV101.

Bad:

    FROM debian:12
    RUN apt-get update && apt-get install -y curl
    RUN apt-get install -y git && rm -rf /var/lib/apt/lists/*

Good:

    FROM debian:12
    RUN apt-get update && apt-get install -y curl \\
        && apt-get install -y git && rm -rf /var/lib/apt/lists/*

Bad:

    FROM debian:12
    RUN apt-get update \\
     && apt-get install -y curl
    # what the app needs
    RUN apt-get install -y git
    RUN apt-get install -y \\
          less
    CMD ["git"]

Good:

    FROM debian:12
    RUN apt-get update \\
     && apt-get install -y curl \\
    # what the app needs
     && apt-get install -y git \\
     && apt-get install -y \\
          less \\
     && rm -rf /var/lib/apt/lists/*
    CMD ["git"]

Bad, where what stands between may need what is installed before:

    FROM debian:12
    RUN apt-get update && apt-get install -y curl
    COPY app.list /etc/apt/sources.list.d/
    RUN apt-get install -y git

Good:

    FROM debian:12
    RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*
    COPY app.list /etc/apt/sources.list.d/
    RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*

Good, as each fetches its own and deletes them:

    FROM debian:12
    RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*
    COPY app.list /
    RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*

Source: apt-get(8), update; Dockerfile reference, RUN
"""

from collections.abc import Iterator

from msgspec.structs import replace

from shave.lint import Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import appended, by_same, merged, preceded
from shave.rules.apt import DELETE_LISTS, Fetched, are_deleted, fetched, fetches, heirs, lists_amount, told, wanted
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.wanted import unless


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that fetches lists, uses them, and leaves them to a later one."""
    text = "the package lists stay in the layer, as a later RUN installs from them"
    left = (each for each in fetched(recipe) if each.reader and each.heirs.reader)
    found = ((each, shared(recipe, each, "SHV107", text)) for each in left)
    return told(recipe, (replace(one, fix=one.fix or _anew(recipe, each)) for each, one in found))


def shared(recipe: Recipe, each: Fetched, rule: str, text: str) -> LintFinding:
    """The finding about lists that someone behind the RUN needs."""
    return LintFinding(
        rule,
        "warning",
        text,
        each.step.number,
        each.call.start,
        each.call.end,
        advice=f"fetch the lists in the RUN that installs, and end it with {DELETE_LISTS}",
        fix=_gathered(recipe, each),
        about=each.about,
        amount=lists_amount(),
    )


def _gathered(recipe: Recipe, each: Fetched) -> Fix | None:
    """The RUN and those that need its lists as one, if nothing stands between them."""
    readers = tuple(_readers(recipe, each))
    steps = recipe.steps[each.step.number : readers[-1][0].number + 1]
    last, call = readers[-1]
    behind = heirs(recipe)[last.number]
    if len(steps) != len(readers) + 1 or behind.reader:
        return None
    then = "" if are_deleted(last, call) else by_same(last, call, DELETE_LISTS)
    edits = merged(recipe, *steps, then=then)
    fix = Fix("install in one RUN, and delete the lists there", edits, is_safe=True) if edits else None
    return unless(recipe, "them", fix, behind.stranger, wanted(recipe, each)) if then else fix


def _anew(recipe: Recipe, each: Fetched) -> Fix | None:
    """The lists fetched by each RUN that needs them, and deleted there; not where another stage has them too."""
    readers = tuple(_readers(recipe, each))
    stages = {each.step.stage, *(step.stage for step, _ in readers)}
    is_shared = len(stages) > 1 or any(stage.parent in stages for stage in recipe.file.stages)
    if is_shared or any(step.keyword != "RUN" or any(map(fetches, step.calls)) for step, _ in readers):
        return None
    edits = [appended(each.step, by_same(each.step, each.call, DELETE_LISTS))]
    for step, call in readers:
        edits.append(preceded(step, call, by_same(step, call, "apt-get update")))
        edits += [] if are_deleted(step, call) else [appended(step, by_same(step, call, DELETE_LISTS))]
    known = tuple(edit for edit in edits if edit)
    fix = Fix("fetch the lists in each RUN that installs, and delete them there", known, is_safe=False)
    return fix if len(known) == len(edits) else None


def _readers(recipe: Recipe, each: Fetched) -> Iterator[tuple[Step, Call]]:
    """The instructions that need the lists, up to one that fetches others, with their first calls that do."""
    following = each.heirs.reader
    while following:
        yield following
        step, _ = following
        following = None if any(map(fetches, step.calls)) else heirs(recipe)[step.number].reader


RULE = Rule("SHV107", "apt's package lists stay in a layer for a later RUN", "warning", ("DL3009",), look)
