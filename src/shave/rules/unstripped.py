"""A program is built with symbols that it does not need to run.

What: `go build` without `-ldflags "-s -w"` in a stage whose program comes into the image.

Why: tables of symbols and debug information are a third of a usual Go program, and half of what it packs to. Stack
traces of panics stay as they are without them; only debuggers miss them.

The fix is not safe: profilers and debuggers that are attached to the program see less.

Bad:

    FROM golang:1.22 AS build
    RUN CGO_ENABLED=0 go build -o /app .
    FROM scratch
    COPY --from=build /app /app

Good:

    FROM golang:1.22 AS build
    RUN CGO_ENABLED=0 go build -ldflags="-s -w" -o /app .
    FROM scratch
    COPY --from=build /app /app

Good, as it is said already:

    FROM golang:1.22 AS build
    RUN go build -trimpath -ldflags '-s -w -X main.version=1' -o /app .
    FROM scratch
    COPY --from=build /app /app

Good, as the program stays in its stage:

    FROM golang:1.22 AS build
    RUN go build -o /bin/generate ./generate && generate >/data
    FROM scratch
    COPY data /data

Good, as strip does it:

    FROM golang:1.22 AS build
    RUN go build -o /app . && strip /app
    FROM scratch
    COPY --from=build /app /app

Source: go tool link, -s and -w; a Go program of 33 % symbols on disk and 50 % packed, measured
"""

from collections.abc import Iterator

from shave.lint import Fix, LintFinding
from shave.recipe import Call, Recipe, Step, said
from shave.recipe_edits import inserted
from shave.rules.known import Known
from shave.rules.protocol import Rule

_FLAGS = '-ldflags="-s -w"'


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each build of a Go program that nothing strips."""
    strips = {step.stage for step in recipe.steps for call in step.calls if call.tool in ("strip", "upx")}
    copied = _sources(recipe)
    for step in recipe.steps:
        if step.keyword != "RUN" or step.stage in strips or step.stage not in copied:
            continue
        if "ldflags" in (said(step, "GOFLAGS") or ""):
            continue
        for call in step.calls:
            if call.tool == "go" and call.verb in ("build", "install") and _makes(call) and not _is_stripped(call):
                yield _finding(step, call)


def _sources(recipe: Recipe) -> frozenset[int]:
    """The stages of the image, and those that they copy from."""
    found = set(recipe.shipped)
    for step in reversed(recipe.steps):
        source = step.instruction.flag("from") if step.keyword == "COPY" and step.stage in found else None
        stage = recipe.file.stage(source.value or "") if source else None
        while stage is not None and stage.number not in found:
            found.add(stage.number)
            stage = recipe.file.stages[stage.parent] if stage.parent is not None else None
    return frozenset(found)


def _makes(call: Call) -> bool:
    """Whether it makes a program to ship: not what is built to see if it builds, to be debugged, or as a library."""
    several = any((word or "").endswith("...") for word in call.targets)
    mode = call.value("-buildmode") or "exe"
    is_debugged = "-N" in (call.value("-gcflags") or "")
    return (
        not (several and call.verb == "build" and call.value("-o") is None)
        and mode in ("exe", "pie")
        and not is_debugged
    )


def _is_stripped(call: Call) -> bool:
    """Whether the flags of the linker have -s or -w, or are not known."""
    given = call.value("-ldflags", "--ldflags")
    named = any((word or "").lstrip("-").startswith("ldflags") for word in call.words)
    return (named and given is None) or any(flag in (given or "").split() for flag in ("-s", "-w"))


def _finding(step: Step, call: Call) -> LintFinding:
    named = call.value("-ldflags", "--ldflags") is not None
    edit = None if named else inserted(call, call.plain[0], _FLAGS)
    return LintFinding(
        "SHV219",
        "info",
        "the program keeps tables of symbols and debug information",
        step.number,
        call.start,
        call.end,
        advice="add -s -w to -ldflags" if named else f"give {_FLAGS}",
        fix=Fix(f"give {_FLAGS}", (edit,), is_safe=False) if edit else None,
    )


RULE = Rule("SHV219", "A program is built with symbols that it does not need to run", "info", (), look)
