"""A program is built with symbols that it does not need to run.

What: `go build` without `-ldflags "-s -w"` in a stage whose program comes into the image. With `--image` also any
other program with symbols that a step brings, if it is of no package.

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
from collections.abc import Set as AbstractSet

from shave.lint import About, Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import inserted
from shave.rules.carried import carriers
from shave.rules.known import BuiltImage, Known
from shave.rules.layer_files import LEAST, symbols
from shave.rules.protocol import Rule
from shave.rules.settings import said

_FLAGS = '-ldflags="-s -w"'
_ADVICE = "strip them in the stage that builds them, or build with strip = true (Cargo) or -s (C)"


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each build of a Go program that nothing strips; of an image each step that brings others."""
    told: set[int] = set()
    for finding in _builds(recipe):
        told.update(finding.about.steps if finding.about else ())
        yield finding
    if known.image:
        yield from _others(recipe, known.image, told)


def _builds(recipe: Recipe) -> Iterator[LintFinding]:
    """What all programs of a stage have is said of the first call."""
    strips = {step.stage for step in recipe.steps for call in step.calls if call.tool in ("strip", "upx")}
    by, seen = carriers(recipe), set[int]()
    for step in recipe.steps:
        if step.keyword != "RUN" or step.stage in strips or step.stage not in by:
            continue
        for call in step.calls:
            is_build = call.tool == "go" and call.verb in ("build", "install") and _makes(call)
            if is_build and not _is_stripped(call) and "ldflags" not in (said(recipe, step, call, "GOFLAGS") or ""):
                steps = () if step.stage in seen else by[step.stage]
                seen.add(step.stage)
                yield _finding(step, call, About("symbols", steps) if steps else None)


def _others(recipe: Recipe, image: BuiltImage, told: AbstractSet[int]) -> Iterator[LintFinding]:
    """Where symbols are in a layer that no finding was about; a layer that steps share is named by the first."""
    seen = {image.layers[number] for number in told if number in image.layers}
    for step in recipe.steps:
        layer = image.layers.get(step.number)
        if step.keyword not in ("RUN", "COPY", "ADD") or layer is None or layer in seen:
            continue
        seen.add(layer)
        if sum(place.unpacked_bytes for place in symbols(image, layer)) >= LEAST:
            yield LintFinding(
                "SHV219",
                "info",
                "programs keep tables of symbols and debug information",
                step.number,
                step.start,
                step.end,
                advice=_ADVICE,
                about=About("symbols", (step.number,)),
            )


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


def _finding(step: Step, call: Call, about: About | None) -> LintFinding:
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
        about=about,
    )


RULE = Rule("SHV219", "A program is built with symbols that it does not need to run", "info", (), look)
