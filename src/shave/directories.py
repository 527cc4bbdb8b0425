"""Where the commands of a RUN run: what WORKDIR says, and ``cd`` in it.

Sources: Dockerfile reference, "WORKDIR"; POSIX.1-2024, Shell Command Language, 2.12 (subshells).
"""

from collections.abc import Iterator
from posixpath import join, normpath

from shave.cleaning import expanded
from shave.dockerfile.lexer import expand
from shave.recipe import Call, Recipe, Step

_HOME = "/root"


def workdir(recipe: Recipe, step: Step) -> str:
    """The directory that a step starts in; "/" where only the base image would say."""
    return recipe.once(_workdirs)[step.number]


def _workdirs(recipe: Recipe) -> tuple[str, ...]:
    """That of each step, by number."""
    found: list[str] = []
    last: dict[int, str] = {-1: "/"}
    for step in recipe.steps:
        if step.keyword == "FROM":
            parent = recipe.file.stages[step.stage].parent
            last[step.stage] = last.get(parent if parent is not None else -1, "/")
        found.append(last.get(step.stage, "/"))
        if step.keyword == "WORKDIR" and step.instruction.arguments:
            value = expand(step.instruction.arguments[0].value, step.variables, step.file.escape)
            last[step.stage] = absolute(value, found[-1]) or found[-1]
    return tuple(found)


def directories(recipe: Recipe, step: Step) -> Iterator[tuple[Call, str | None]]:
    """The calls of a step, each with the directory that it runs in, None where only a run knows it."""
    here: str | None = workdir(recipe, step)
    left: list[tuple[int, str | None]] = []
    subshells = tuple(_subshells(step))
    for call in step.calls:
        while left and call.start >= left[-1][0]:
            here = left.pop()[1]
        yield call, here
        if call.tool in ("cd", "pushd") and not _is_substituted(call):
            end = _end(call, subshells)
            if end is not None and end not in {each for each, _ in left}:
                left.append((end, here))
            here = absolute(call.operands[0], here) if call.plain else _HOME


def absolute(word: str | None, directory: str | None) -> str | None:
    """A path or pattern as an absolute normalised one, for a command that runs in ``directory``; None if not known."""
    if word is None:
        return None
    if word == "~" or word.startswith("~/"):
        word = _HOME + word[1:]
    if not word.startswith("/") and directory is None:
        return None
    return "/" + normpath(join(directory or "/", word)).lstrip("/")


def absolutes(word: str | None, directory: str | None) -> tuple[str, ...]:
    """The same of a word with braces."""
    found = (absolute(each, directory) for each in expanded(word or ""))
    return tuple(each for each in found if each) if word else ()


def _subshells(step: Step) -> Iterator[tuple[int, int]]:
    if step.shell:
        for each in step.shell.steps:
            if each.kind == "subshell":
                yield step.shell.text.span(each.start, each.end)


def _end(call: Call, subshells: tuple[tuple[int, int], ...]) -> int | None:
    """Where what a call changes of its shell ends to count: a string, or a subshell; None for the end of the RUN."""
    if not call.spans:
        return call.end or None
    return min((end for start, end in subshells if start <= call.start < end), default=None)


def _is_substituted(call: Call) -> bool:
    return call.statement is not None and call.statement.within == "command_substitution"
