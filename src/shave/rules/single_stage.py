"""A program is built in the stage that is shipped.

What: the image has the compiler, the sources and the caches of a build beside what it made: one stage does both.

Why: what runs is a small part of it. A second stage that starts from a small base and copies the result is the largest
thing that an image can win: a Go program of 2 MB needs none of the 811 MB that built it.

The first stage stays, the second has what is run and all that the Dockerfile says of containers. With
`--image` it is known what the program is linked to and what the build made; without, the fix is given only where the
words of the build leave nothing to guess. A build of Node ends with `npm prune --omit=dev` (or what yarn and pnpm call
it) where nothing that is started needs more. Histories and caches in what is copied are deleted before. Of .NET, Swift,
Haskell, Elixir, Scala and others it is advice alone. It is not safe: a program may read or call what no file names;
`--prove` builds both and asks the same of them.

An image that nobody says what it starts may be there to build: there it is told, but fails no gate.

Bad:

    FROM golang:1.22
    WORKDIR /src
    COPY go.mod go.sum main.go ./
    RUN CGO_ENABLED=0 go build -o /usr/local/bin/hello .
    EXPOSE 8080
    CMD ["hello"]

Good:

    FROM golang:1.22 AS build
    WORKDIR /src
    COPY go.mod go.sum main.go ./
    RUN CGO_ENABLED=0 go build -o /usr/local/bin/hello .
    EXPOSE 8080
    CMD ["hello"]

    FROM gcr.io/distroless/static-debian12
    COPY --from=build /usr/local/bin/hello /usr/local/bin/hello
    WORKDIR /src
    EXPOSE 8080
    CMD ["hello"]

Bad:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
    COPY hello.c /
    RUN gcc -O2 -o /hello /hello.c -lm
    CMD ["/hello"]

Good:

    FROM debian:12 AS build
    RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
    COPY hello.c /
    RUN gcc -O2 -o /hello /hello.c -lm
    CMD ["/hello"]

    FROM debian:bookworm-slim
    COPY --from=build /hello /hello
    CMD ["/hello"]

Bad:

    ARG PORT=8000
    FROM python:3.11-slim
    ARG PORT
    RUN apt-get update && apt-get install -y --no-install-recommends build-essential && rm -rf /var/lib/apt/lists/*
    COPY . /app
    RUN pip install --no-cache-dir -r /app/requirements.txt
    ENV PORT=$PORT
    WORKDIR /app
    CMD ["python", "-m", "app"]

Good:

    ARG PORT=8000
    FROM python:3.11-slim AS build
    ARG PORT
    RUN apt-get update && apt-get install -y --no-install-recommends build-essential && rm -rf /var/lib/apt/lists/*
    COPY . /app
    RUN pip install --no-cache-dir -r /app/requirements.txt
    ENV PORT=$PORT
    WORKDIR /app
    CMD ["python", "-m", "app"]

    FROM python:3.11-slim
    COPY --from=build /usr/local/lib/python3.11/site-packages /usr/local/lib/python3.11/site-packages
    COPY --from=build /usr/local/bin /usr/local/bin
    COPY --from=build /app /app
    ARG PORT
    ENV PORT=$PORT
    WORKDIR /app
    CMD ["python", "-m", "app"]

Bad, and by advice only, as only the image says which library it is linked to:

    FROM gcc:14
    COPY . /src
    RUN make -C /src install
    CMD ["/usr/local/bin/hello"]

Bad, and by advice only, as the program may be linked to libraries:

    FROM fedora:40
    RUN dnf install -y --setopt=install_weak_deps=False gcc make && dnf clean all
    COPY . /src
    RUN make -C /src install
    CMD ["/usr/local/bin/hello"]

Good, as the stage that builds is not shipped:

    FROM golang:1.22 AS build
    RUN CGO_ENABLED=0 go build -o /app .
    FROM scratch
    COPY --from=build /app /app
    CMD ["/app"]

Good, as the image is there to build:

    FROM maven:3-eclipse-temurin-21
    RUN mvn --version
    ENTRYPOINT ["mvn"]

Good, as the image is a place to develop in:

    FROM golang:1.22
    RUN go install golang.org/x/tools/gopls@latest

Good, as nothing is built:

    FROM python:3.11-slim
    RUN pip install --no-cache-dir flask
    CMD ["flask", "run"]

Source: Docker's documentation, Multi-stage builds; a Go program of 960 MB with its build, 9 MB without, measured
"""

from collections.abc import Iterator

from msgspec.structs import replace

from shave.dockerfile.edits import apply
from shave.dockerfile.parser import parse
from shave.evidence import Evidence
from shave.lint import About, Amount, Fix, LintFinding
from shave.mounts import mounts
from shave.recipe import Recipe, Step
from shave.rules.building import is_to_build, kit, kit_amount, telling
from shave.rules.known import BuiltImage, Known
from shave.rules.managers import APK, APT, RPM, ZYPPER, Left, left
from shave.rules.package_amounts import packages_amount
from shave.rules.protocol import Rule
from shave.rules.whole_context import taken
from shave.scene import Scene
from shave.staging import Building, Language, Refused, Runtime, language
from shave.staging.c import C
from shave.staging.java import JAVA
from shave.staging.packages import is_build_tool
from shave.staging.protocol import STARTS
from shave.staging.second import edits
from shave.staging.staying import staying

_MANAGERS = (APT, APK, RPM, ZYPPER)
_COMPILERS = frozenset({"go", "cargo", "rustc", "stack", "cabal", "ghc", "crystal", "zig"})
"""Tools that are compilers or bring them."""


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """The build of the stage that the image is of, if what builds is still there."""
    stage = recipe.final
    if stage is None or stage.parent is not None or not recipe.base(stage.number):
        return
    found = language(Building(recipe, stage.number))
    if found is None:
        return
    building = _building(recipe, stage.number, known)
    if _has_compiler(building, found) and not is_to_build(building):
        yield _finding(building, found)


def _building(recipe: Recipe, stage: int, known: Known) -> Building:
    image, context = known.image, known.context
    steps = [step for step in recipe.of(stage) if step.keyword in ("COPY", "ADD")]
    return Building(
        recipe,
        stage,
        _scene(image) if image else None,
        image.base_layers if image else 0,
        {step.number: tuple(taken(step, context)) for step in steps} if context else None,
    )


def _scene(image: BuiltImage) -> Scene:
    built = image.explained.survey.image
    return Scene(image.files, built.config, Evidence(built.config_digest, ""), image.explained.catalog)


def _has_compiler(building: Building, found: Language) -> bool:
    """Whether the base is there to build, or a RUN installs or calls what serves builds only, or the image has it.

    A development kit of Java serves programs too, but not one that is built with it; git and patch say nothing.
    """
    if kit(building.base) or _tools(building) or any(_is_called(step, found) for step in building.steps):
        return True
    if found is JAVA and any(
        is_build_tool()(f"{each.manager.unit}:{name}") for each in _installed(building) for name in each.names
    ):
        return True
    return building.image is not None and any(f"dpkg:{name}" in building.image.by_name for name in ("gcc", "g++"))


def _is_called(step: Step, found: Language) -> bool:
    """Whether a RUN builds by what is a compiler itself, and takes nothing away: whoever brought it, it is there."""
    calls = step.calls if step.keyword == "RUN" else ()
    return (
        any(call.tool in _COMPILERS and found.builds(call) for call in calls)
        and not any(call.tool == "rm" or any(each.removes(call) for each in _MANAGERS) for call in calls)
        and not any(mount.kind == "bind" for mount in mounts(step))
    )


def _installed(building: Building) -> Iterator[Left]:
    """What is there at the end of the RUN that installs it."""
    for step in building.steps:
        yield from (each for manager in _MANAGERS for each in left((step,), manager))


def _tools(building: Building) -> tuple[Left, ...]:
    """What of it serves builds only, also where the base has it already: who asks for it compiles."""
    found = (replace(each, names=telling(each.manager, None, each.names)) for each in _installed(building))
    return tuple(each for each in found if each.names)


def _amount(building: Building) -> Amount | None:
    """What the kit has beside what runs, or else the packages that serve builds only."""
    known, tools = kit(building.base), _tools(building)
    if known:
        return kit_amount(known)
    names = {name for each in tools for name in each.names}
    others = {name for each in _installed(building) for name in each.names} - names
    return packages_amount(tools[0].manager, building.base, names, others) if tools else None


def _finding(building: Building, found: Language) -> LintFinding:
    # what is compiled here needs the compiler, what is installed only may
    told = C if found.of_packages and any(map(C.builds, building.calls)) else found
    step, call = next(
        (step, call) for step in building.steps if step.keyword == "RUN" for call in step.calls if told.builds(call)
    )
    runtime = found.runtime(building)
    fix = None if isinstance(runtime, Refused) else _fix(building, runtime)
    why = f"; no edit is given, for {runtime.why}" if isinstance(runtime, Refused) else ""
    return LintFinding(
        "SHV215",
        "warning" if any(each.keyword in STARTS for each in building.started) else "info",
        told.said,
        step.number,
        call.start,
        call.end,
        advice=f"copy what runs into a second stage{why}",
        fix=fix,
        about=None if isinstance(runtime, Refused) else _about(building, runtime),
        amount=_amount(building),
    )


def _about(building: Building, runtime: Runtime) -> About | None:
    """What the second stage leaves behind; None where nobody knows what its base has: then that is an estimate."""
    kept = staying(building, runtime)
    if kept is None:
        return None
    if runtime.base == building.base:
        return About("written", tuple(step.number for step in building.steps), kept=kept)
    return About("everything", (), kept=kept)


def _fix(building: Building, runtime: Runtime) -> Fix | None:
    """None where what is appended would be part of the last instruction, as that does not end."""
    file, made = building.recipe.file, edits(building, runtime)
    if len(parse(apply(file.text, made)).stages) != len(file.stages) + 1:
        return None
    return Fix(f"run it in a second stage, FROM {runtime.base}", made, is_safe=False)


RULE = Rule("SHV215", "A program is built in the stage that is shipped", "warning", (), look)
