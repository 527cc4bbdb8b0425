"""Caches of go, cargo, maven, gradle or NuGet stay in the image.

What: a RUN whose layer is in the image builds, and leaves the sources of modules and what was compiled of them.

Why: they are for the next build, which does not happen in this image: 0.1 to 2 GB.

Best is to build in an earlier stage and to copy the program from there (SHV215), or to mount a cache:
`RUN --mount=type=cache,target=/root/.cache/go-build go build`. The fix deletes them in the same RUN, where all calls of
the tool are in this one; it is not safe, as the image may build when it is run.

Bad:

    FROM golang:1.22
    COPY . .
    RUN go build -o /usr/local/bin/app .
    CMD ["app"]

Good:

    FROM golang:1.22
    COPY . .
    RUN go build -o /usr/local/bin/app . && go clean -cache && go clean -modcache
    CMD ["app"]

Bad, without a fix, as two layers have them; what both fill is told once:

    FROM golang:1.22
    COPY go.mod go.sum ./
    RUN go mod download
    COPY . .
    RUN go build -o /usr/local/bin/app .

Good, as the layers of the first stage are not in the image:

    FROM golang:1.22 AS build
    COPY . .
    RUN CGO_ENABLED=0 go build -o /app .
    FROM scratch
    COPY --from=build /app /app
    CMD ["/app"]

Good, as they are on mounts:

    FROM golang:1.22
    COPY . .
    RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build go build -o /app .

Source: go help clean; The Cargo Book, Cargo Home; Maven, Gradle and NuGet, their references
"""

from collections.abc import Iterator

from msgspec.structs import replace

from shave.lint import Fix, LintFinding
from shave.recipe import Recipe
from shave.rules.cache_table import caches
from shave.rules.caches import left
from shave.rules.known import Known
from shave.rules.protocol import Rule

_INSTEAD = "build in an earlier stage and copy what it made, or mount a cache while it is built"


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each cache of a build that RUNs of the image leave: one for all, as what one fetches is there for the others."""
    found: dict[tuple[str, ...], list[LintFinding]] = {}
    for finding in left(recipe, "SHV127", "the cache of the build"):
        found.setdefault(finding.about.globs if finding.about else (), []).append(finding)
    yield from (_as_one(recipe, findings) for findings in found.values())


def _as_one(recipe: Recipe, findings: list[LintFinding]) -> LintFinding:
    first = findings[0]
    alone = first.fix if _is_alone(recipe, first) else None
    fix = Fix(alone.text, alone.edits, is_safe=False) if alone else None
    about = replace(first.about, steps=tuple(each.step for each in findings)) if first.about else None
    return replace(first, fix=fix, advice=_INSTEAD, about=about)


def _is_alone(recipe: Recipe, finding: LintFinding) -> bool:
    """Whether no other RUN of the image calls the same tool: it would miss what is deleted, or has its own."""
    own = {call.tool for call in recipe.steps[finding.step].calls}
    tools = frozenset().union(*(row.tools for row in caches("SHV127") if row.tools & own))
    others = (step for step in recipe.runs if step.number != finding.step)
    return not any(call.tool in tools for step in others for call in step.calls)


RULE = Rule("SHV127", "Caches of go, cargo, maven, gradle or NuGet stay in the image", "warning", (), look)
