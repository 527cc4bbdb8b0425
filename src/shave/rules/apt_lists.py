"""apt's package lists stay in the layer.

What: a RUN fetches the lists of packages (`apt-get update`) and does not delete them.

Why: they are 19 MB packed in Debian 12's own form, and older each day; whoever installs something later fetches them
anew. A later RUN that deletes them frees nothing: the layer that has them is in the image.

What is left in a stage that the image does not start from costs nothing, and is no finding. Lists that a later RUN
needs are SHV103 or SHV107, those that `apt` fetches are SHV105. The fix is not safe where a program that nobody here
knows runs behind it (`./setup`, `ansible-playbook`, a script): it may start apt, and needs the lists then. What runs a
project's own code (`make`, `npm run`, `python FILE`) is taken for that where a word says that it sets up a machine:
`make install-deps`, `npm run bootstrap`.

Bad:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends curl
    CMD ["curl"]

Good:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
    CMD ["curl"]

Bad, as what is deleted is fetched again behind it:

    FROM debian:12
    RUN rm -rf /var/lib/apt/lists/* && \\
        apt-get update && \\
        apt-get install -y curl

Good:

    FROM debian:12
    RUN rm -rf /var/lib/apt/lists/* && \\
        apt-get update && \\
        apt-get install -y curl && \\
        rm -rf /var/lib/apt/lists/*

Bad, as something else is deleted:

    FROM debian:12
    RUN apt-get update; apt-get install -y curl; rm -rf /tmp/x || true

Good:

    FROM debian:12
    RUN apt-get update; apt-get install -y curl && rm -rf /var/lib/apt/lists/*; rm -rf /tmp/x || true

Bad:

    FROM cimg/base:2024.01
    RUN sudo apt-get update && sudo apt-get install -y curl

Good:

    FROM cimg/base:2024.01
    RUN sudo apt-get update && sudo apt-get install -y curl && sudo rm -rf /var/lib/apt/lists/*

Good, as each of these deletes them:

    FROM debian:13
    RUN apt-get update && apt-get install -y curl && rm -r /var/lib/apt/lists
    RUN apt-get update && apt-get install -y wget && apt-get dist-clean
    RUN apt-get update && apt-get install -y git && rm -rf /tmp/* /var/{cache,lib}/apt
    RUN apt-get update && apt-get install -y jq && if true; then find /var/lib/apt/lists -type f -delete; fi
    RUN apt-get update && apt-get install -y less; rm -f /var/lib/apt/lists/*_*

Good, as the lists are in no layer:

    FROM debian:12
    RUN --mount=type=cache,target=/var/lib/apt/lists apt-get update && apt-get install -y curl

Good, as the stage is not in the image:

    FROM debian:12 AS build
    RUN apt-get update && apt-get install -y gcc
    FROM debian:12
    COPY --from=build /app /app

Source: apt-get(8), update; Debian 12, amd64, main: 19 MB as apt stores them, 48 MB where apt is told to inflate them.
"""

from collections.abc import Iterator

from shave.lint import Fix, LintFinding
from shave.recipe import Recipe, Step
from shave.recipe_edits import appended, by_same, followed
from shave.rules.apt import DELETE_LISTS, Fetched, fetched, lists_amount, needs_lists, told, wanted
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.wanted import is_unknown, unless


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that fetches lists, uses and does not delete them."""
    return left(recipe, "SHV101", frozenset({"apt-get"}))


def left(recipe: Recipe, rule: str, tools: frozenset[str]) -> Iterator[LintFinding]:
    """Each RUN that fetches lists by one of these tools, and leaves them to nobody behind it."""
    return told(recipe, _left(recipe, rule, tools))


def _left(recipe: Recipe, rule: str, tools: frozenset[str]) -> Iterator[LintFinding]:
    for each in fetched(recipe):
        if each.call.tool in tools and not each.heirs.reader and not each.is_alone:
            yield LintFinding(
                rule,
                "warning",
                f"the package lists that {each.call.tool} fetches stay in the layer",
                each.step.number,
                each.call.start,
                each.call.end,
                advice=f"end the RUN with {DELETE_LISTS}",
                fix=_fix(recipe, each),
                about=each.about,
                amount=lists_amount(),
            )


def _fix(recipe: Recipe, each: Fetched) -> Fix | None:
    """At the end of the RUN; where that may be passed over, behind the last call that needs the lists."""
    command = by_same(each.step, each.call, DELETE_LISTS)
    end = appended(each.step, command)
    edit = end or followed(each.step, each.last, command)
    here = (call.start for call in each.step.calls if call.start > each.last.start and is_unknown(call))
    stranger = next(here, None) if end is None else None
    fix = Fix("delete the lists in the same RUN", (edit,), is_safe=True) if edit else None
    return unless(recipe, "them", fix, stranger, _trapped(each.step), wanted(recipe, each))


def _trapped(step: Step) -> int | None:
    """Where the shell is told of something to do when it ends, behind the deletion, that may need the lists."""
    traps = [call for call in step.calls if call.tool == "trap"]
    calls = [call for call in step.calls if needs_lists(call) or is_unknown(call)] if traps else []
    return next((trap.start for trap in traps for call in calls if trap.start <= call.start < trap.end), None)


RULE = Rule("SHV101", "apt's package lists stay in the layer", "warning", ("DL3009",), look)
