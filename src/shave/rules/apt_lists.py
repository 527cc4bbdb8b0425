"""apt's package lists stay in the layer.

What: a RUN fetches the lists of packages (`apt-get update`) and does not delete them.

Why: they are 19 MB packed in Debian 12's own form, and older each day; whoever installs something later fetches them
anew. A later RUN that deletes them frees nothing: the layer that has them is in the image.

Bad:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends curl
    CMD ["curl"]

Good:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
    CMD ["curl"]

Good, as the lists are in no layer:

    FROM debian:12
    RUN --mount=type=cache,target=/var/lib/apt/lists apt-get update && apt-get install -y curl

Source: apt-get(8), update; Debian 12, amd64, main: 19 MB as apt stores them, 48 MB where apt is told to inflate them.
"""

from collections.abc import Iterator

from shave.cleaning import deletes, mounted
from shave.lint import About, Amount, Fix, LintFinding
from shave.recipe import Recipe
from shave.recipe_edits import appended
from shave.rules.known import Known
from shave.rules.protocol import Rule

_LISTS = "var/lib/apt/lists"
_TOOLS = frozenset({"apt-get", "apt", "aptitude"})
_FIX = f"rm -rf /{_LISTS}/*"


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that fetches lists and does not delete them."""
    for step in recipe.runs:
        updates = [call for call in step.calls if call.tool in _TOOLS and call.verb == "update"]
        if not updates or deletes(step, f"/{_LISTS}") or mounted(step, f"/{_LISTS}"):
            continue
        edit = appended(step, _FIX)
        yield LintFinding(
            "SHV101",
            "warning",
            "the package lists that apt fetches stay in the layer",
            step.number,
            updates[0].start,
            updates[0].end,
            advice=f"end the RUN with {_FIX}",
            fix=Fix("delete the lists in the same RUN", (edit,), is_safe=True) if edit else None,
            about=About("written", (step.number,), (f"{_LISTS}/**",)),
            amount=Amount(19_000_000, 19_000_000, measured=False, source="Debian 12, amd64, main"),
        )


RULE = Rule("SHV101", "apt's package lists stay in the layer", "warning", ("DL3009",), look)
