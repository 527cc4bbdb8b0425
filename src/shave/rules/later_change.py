"""Files are changed or moved in a later layer than the one that has them.

What: a RUN moves, unpacks in place, strips or edits files that an earlier step wrote.

Why: a layer holds whole files. The one before stays in its layer, and the new one comes on top: the bytes of both are
in the image.

An edit of a text that was copied is small, and told only where an image shows what it costs. A copy (`cp`) of what
stays is as large wherever it is made.

Bad:

    FROM debian:12
    RUN curl -fsSL -o /tmp/tool https://example.org/tool
    RUN mv /tmp/tool /usr/bin/tool && strip /usr/bin/tool

Good:

    FROM debian:12
    RUN curl -fsSL -o /tmp/tool https://example.org/tool \\
        && mv /tmp/tool /usr/bin/tool && strip /usr/bin/tool

Bad, as the program is there with its symbols and without:

    FROM debian:12
    COPY --from=build /out/server /usr/local/bin/server
    RUN strip /usr/local/bin/server

Good, where it is stripped first:

    FROM golang:1.22 AS build
    RUN go build -o /out/server . && strip /out/server
    FROM debian:12
    COPY --from=build /out/server /usr/local/bin/server

Good, as a text that is edited is small:

    FROM nginx
    COPY nginx.conf /etc/nginx/nginx.conf
    RUN sed -i s/80/8080/ /etc/nginx/nginx.conf

Source: OCI image specification, layer.md, Change Types
"""

from collections.abc import Iterator

from shave.lint import About, Fix, LintFinding
from shave.lives import Life, Use, lives
from shave.recipe import Recipe
from shave.recipe_edits import merged
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.told import has_own_rule, where


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each command that changes or moves what an earlier step wrote."""
    told = set()
    for life in lives(recipe):
        use = life.use("moved", "changed", "deleted")
        if use is None or use.how == "deleted" or use.step == life.write.step or has_own_rule(life):
            continue
        is_large = use.call.tool != "sed" or life.write.kind != "copied" or known.image
        if is_large and (use.step, use.call.start) not in told:
            told.add((use.step, use.call.start))
            yield _finding(recipe, life, use)


def _finding(recipe: Recipe, life: Life, use: Use) -> LintFinding:
    first = recipe.steps[life.write.step]
    steps = recipe.steps[first.number + 1 : use.step + 1]
    edits = merged(recipe, first, *steps) if first.keyword == "RUN" else None
    return LintFinding(
        "SHV203",
        "warning",
        f"{use.call.tool} leaves what {where(recipe, first)} wrote in its layer",
        use.step,
        use.call.start,
        use.call.end,
        advice="do it in the step that writes the file" if edits or first.keyword == "RUN" else _advice(use),
        fix=Fix("do it in the RUN that writes the file", edits, is_safe=True) if edits else None,
        about=About("merged", (first.number, use.step), use.globs),
    )


def _advice(use: Use) -> str:
    return "copy it to where it is to be" if use.call.tool == "mv" else "do it before it is copied, in an earlier stage"


RULE = Rule("SHV203", "Files are changed or moved in a later layer than the one that has them", "warning", (), look)
