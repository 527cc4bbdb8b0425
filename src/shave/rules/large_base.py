"""The base image is far larger than a variant of it that may do.

What: the stage that the image is of starts from the full variant of a public image, or from one that is there to build,
and builds nothing.

Why: the full variants of language images have compilers, headers and version control: 700 MB and more unpacked, a
tenth of which a program uses. With `--bases` the finding says what both cost, as your engine or registry has them.

The fix is not safe: what is built or called in the stage may need what the smaller variant has not.

Bad:

    FROM python:3.11
    RUN pip install --no-cache-dir flask

Good:

    FROM python:3.11-slim
    RUN pip install --no-cache-dir flask

Bad:

    FROM eclipse-temurin:21-jdk AS run
    COPY app.jar /
    CMD ["java", "-jar", "/app.jar"]

Good:

    FROM eclipse-temurin:21-jre AS run
    COPY app.jar /
    CMD ["java", "-jar", "/app.jar"]

Good, as it is the stage of the build:

    FROM python:3.11 AS build
    RUN pip install --no-cache-dir --prefix /install flask
    FROM python:3.11-slim
    COPY --from=build /install /usr/local

Bad, and by advice only, as curl is called, which the smaller one has not:

    FROM python:3.11
    RUN curl -fsSL https://example.org/data -o /data
    CMD ["python3", "-m", "http.server"]

Good, where what is called is installed:

    FROM python:3.11-slim
    RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
    RUN curl -fsSL https://example.org/data -o /data
    CMD ["python3", "-m", "http.server"]

Bad:

    FROM nvidia/cuda:12.4.1-devel-ubuntu22.04
    RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
    RUN pip3 install --no-cache-dir torch

Good:

    FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04
    RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
    RUN pip3 install --no-cache-dir torch

Good, as it is compiled with CUDA:

    FROM pytorch/pytorch:2.4.0-cuda12.4-cudnn9-devel
    RUN pip install --no-cache-dir flash-attn==2.6.3

Bad, and by advice only, as nobody knows what the program is linked to:

    FROM golang:1.22
    COPY server /usr/local/bin/
    CMD ["server"]

Good, as a compiler is called:

    FROM eclipse-temurin:21-jdk
    COPY Main.java /
    RUN javac /Main.java

Source: the images' pages at hub.docker.com, "Image Variants"; python:3.11 1.0 GB, python:3.11-slim 0.13 GB unpacked
"""

import re
from collections.abc import Iterator, Sequence

from shave.dockerfile.edits import Edit
from shave.lint import Fix, LintFinding
from shave.recipe import Call, Recipe, package_tools
from shave.rules.building import Kit, builds, is_to_build, kit, kit_amount
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.smaller_bases import SmallerBase, smaller
from shave.staging import Building, language
from shave.staging.packages import installed_by

_DOTNET = frozenset({"build", "publish", "restore", "run", "test", "tool", "watch"})
_COMPILING = frozenset({"gem", "bundle", "cpan", "cpanm", "mix", "rebar3"})
"""What may have to compile what it installs: there it is for people to decide."""
_PACKED = ((re.compile(r"\.(tar\.xz|txz)$"), "xz"), (re.compile(r"\.(tar\.bz2|tbz2?)$"), "bzip2"))
"""Archives for which tar starts another program."""
_NAME = re.compile(r"[=<>!~\[; ]")
_DEBIAN = package_tools("debian") | {"dpkg", "add-apt-repository", "gosu"}


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """The FROM of the image, if its base has a smaller variant and no step of the stage builds."""
    stage = recipe.final
    if stage is None or stage.parent is not None:
        return
    building = Building(recipe, stage.number)
    if is_to_build(building):
        return
    steps, base = building.steps, building.base
    calls = [call for each in steps for call in each.calls]
    tools = {call.tool for call in calls}
    if (known_kit := kit(base)) and _is_only_started(building):
        yield _of_kit(building, known_kit)
        return
    found = next((each for each in smaller(base) if not (each.family and tools & _DEBIAN)), None)
    if found is None or any(call.tool == "dotnet" and call.verb in _DOTNET for call in calls):
        return
    missing = _missing(found, calls)
    if "" in missing.values():
        return
    step = next(each for each in steps if each.keyword == "FROM")
    word, advice = stage.base, _advice(found, missing)
    can_edit = word.value == base and not missing and not tools & _COMPILING
    edit = Edit(word.start, word.end, found.name.encode())
    yield LintFinding(
        "SHV217",
        "info",
        f"{base} has a smaller variant, {found.name}",
        step.number,
        word.start,
        word.end,
        advice=advice,
        fix=Fix(advice, (edit,), is_safe=False) if can_edit else None,
    )


def _is_only_started(building: Building) -> bool:
    """Whether a program is copied to a base of compilers which has no smaller variant without them, and started."""
    words = [call.words[0] or "" for step in building.started for call in step.calls[:1]]
    return (
        all(kit(each.name) for each in smaller(building.base))
        and any(step.keyword in ("COPY", "ADD") for step in building.steps)
        and bool(words)
        and all(word and not word.endswith("sh") for word in words)
        and not any(map(builds, building.calls))
        and language(building) is None
    )


def _of_kit(building: Building, found: Kit) -> LintFinding:
    """What is there to build, and does not."""
    step, word = building.steps[0], building.recipe.file.stages[building.stage].base
    return LintFinding(
        "SHV217",
        "info",
        f"{building.base} is there to build, and nothing here does",
        step.number,
        word.start,
        word.end,
        advice=f"take an image that only runs it: {found.run}",
        amount=kit_amount(found),
    )


def _missing(found: SmallerBase, calls: Sequence[Call]) -> dict[str, str]:
    """What the stage calls that the smaller one has not, and nothing installs, with the packages that bring it."""
    installed = {name for call in calls for name in installed_by(call)}
    called = {program for call in calls for program in _programs(call)}
    return {
        program: package
        for program, package in found.programs.items()
        if program in called and package not in installed
    }


def _programs(call: Call) -> Iterator[str]:
    """The programs that a call starts."""
    yield call.tool
    words = [word for word in call.words if word]
    if call.tool == "pip":
        # what is compiled when it is installed
        yield from (_NAME.split(word)[0] for word in words)
    if any("git+" in word for word in words):
        yield "git"
    if call.tool == "tar":
        yield from (program for pattern, program in _PACKED if any(map(pattern.search, words)))


def _advice(found: SmallerBase, missing: dict[str, str]) -> str:
    more = f", and install {', '.join(sorted({*missing.values()}))} in it, which is called here" if missing else ""
    return f"take {found.name}, which lacks {found.lacks}{more}"


RULE = Rule("SHV217", "The base image is far larger than a variant of it that may do", "info", (), look)
