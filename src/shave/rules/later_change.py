"""Files are changed or moved in a later layer than the one that has them.

What: a RUN moves, unpacks in place, strips or edits files that an earlier step wrote.

Why: a layer holds whole files. The one before stays in its layer, and the new one comes on top: the bytes of both are
in the image.

A script or a text that was copied is small, and told only where an image shows what it costs. A copy (`cp`) of what
stays is as large wherever it is made. Of a directory that was copied, something in it may not be there: that is info,
and nothing where a program of the same RUN may have made it.

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

Good, as the program that runs before may make what is moved:

    FROM node:22
    WORKDIR /app
    COPY . .
    RUN npm run build && mv dist /srv/www

Source: OCI image specification, layer.md, Change Types
"""

from collections.abc import Iterator, Sequence

from shave.lint import About, Fix, LintFinding
from shave.lives import Life, Use
from shave.recipe import Recipe, Step
from shave.recipe_edits import merged
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.told import has_own_rule, is_small, those
from shave.rules.writers import Written, changes, dear, is_worked_at, steps_of

_IN_PLACE = "do it in the step that writes the file"


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each command that changes or moves what an earlier step wrote."""
    for change in changes(recipe):
        found = dear([each for each in change.written if _is_changed(each.life, change.use, known)])
        is_part = all(each.is_part for each in found)
        if found and not (is_part and change.is_shared):
            is_known = not (is_part and is_worked_at(recipe, change))
            yield _finding(recipe, change.use, found) if is_known else _unknown(change.use, found)


def _is_changed(life: Life, use: Use, known: Known) -> bool:
    """Whether a command is the first that takes something from its place, or changes what is large."""
    if use.how not in ("moved", "changed") or life.use("moved", "changed", "deleted") is not use or has_own_rule(life):
        return False
    is_text = life.write.kind == "copied" and (use.call.tool == "sed" or is_small(life))
    return bool(known.image or not is_text)


def _finding(recipe: Recipe, use: Use, found: Sequence[Written]) -> LintFinding:
    steps = steps_of(recipe, found)
    is_there = any(each.is_there for each in found)
    fixes = (_fix(recipe, first, use) for first in steps if first.keyword == "RUN")
    return LintFinding(
        "SHV203",
        "warning" if is_there else "info",
        f"{use.call.tool} leaves what {those(recipe, steps)} {'wrote' if is_there else 'brought of it'} in its layer",
        use.step,
        use.call.start,
        use.call.end,
        advice=_advice(steps[-1], use),
        fix=next((fix for fix in fixes if fix), None),
        about=About("merged", (*(step.number for step in steps), use.step), use.globs),
    )


def _unknown(use: Use, found: Sequence[Written]) -> LintFinding:
    """Where a program may have made what was in no copy."""
    first = min(each.life.write.step for each in found)
    return LintFinding(
        "SHV203",
        "info",
        f"{use.call.tool} leaves what it takes in the layer of an earlier step",
        use.step,
        use.call.start,
        use.call.end,
        advice=_IN_PLACE,
        about=About("merged", tuple(range(first, use.step + 1)), use.globs),
    )


def _fix(recipe: Recipe, first: Step, use: Use) -> Fix | None:
    edits = merged(recipe, first, *recipe.steps[first.number + 1 : use.step + 1])
    return Fix("do it in the RUN that writes the file", edits, is_safe=True) if edits else None


def _advice(last: Step, use: Use) -> str:
    if last.keyword == "RUN":
        return _IN_PLACE
    return "copy it to where it is to be" if use.call.tool == "mv" else "do it before it is copied, in an earlier stage"


RULE = Rule("SHV203", "Files are changed or moved in a later layer than the one that has them", "warning", (), look)
