"""Instructions as stages (Dockerfile reference, "FROM"; moby/buildkit frontend/dockerfile/instructions/parse.go)."""

import re
from collections.abc import Sequence
from itertools import pairwise

from shave.dockerfile.parts import Instruction, Problem, Stage, Word

_STAGE_NAME = re.compile(r"[a-z][a-z0-9_.-]*")


def stages(instructions: Sequence[Instruction]) -> tuple[tuple[Instruction, ...], tuple[Stage, ...], list[Problem]]:
    """What stands before the first FROM, the stages, and what is wrong with either."""
    froms = [at for at, each in enumerate(instructions) if each.keyword == "FROM"]
    if not froms:
        return tuple(instructions), (), [Problem("no FROM, so there is nothing to build", 0, 0)]
    preamble = tuple(instructions[: froms[0]])
    problems = [
        Problem(f"{each.keyword} before the first FROM", *each.code.span(0, len(each.code.text)))
        for each in preamble
        if each.keyword != "ARG"
    ]
    found: list[Stage] = []
    numbers: dict[str, int] = {}
    for start, end in pairwise([*froms, len(instructions)]):
        stage, problem = _stage(len(found), tuple(instructions[start:end]), numbers)
        found.append(stage)
        problems.extend(problem)
        if stage.name:
            numbers[stage.name] = stage.number
    return preamble, tuple(found), problems


def _stage(number: int, instructions: tuple[Instruction, ...], numbers: dict[str, int]) -> tuple[Stage, list[Problem]]:
    first = instructions[0]
    words = first.arguments
    span = first.code.span(0, len(first.code.text))
    base = words[0] if words else Word("", span[1], span[1])
    name, problems = "", []
    if len(words) == 3 and words[1].value.lower() == "as":
        name = words[2].value.lower()
        if not _STAGE_NAME.fullmatch(name):
            problems.append(Problem(f'"{words[2].value}" is no name of a stage', words[2].start, words[2].end))
    elif len(words) > 1:
        problems.append(Problem("FROM takes an image, or an image, AS and a name", *span))
    platform = first.flag("platform")
    found = Stage(
        number, name, base, numbers.get(base.value.lower()), (platform and platform.value) or "", instructions
    )
    return found, problems
