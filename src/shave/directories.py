"""Where the commands of a RUN run: what WORKDIR says, and ``cd`` in it.

Sources: Dockerfile reference, "WORKDIR"; POSIX.1-2024, Shell Command Language, 2.12 (subshells).
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from itertools import product
from posixpath import join, normpath

from msgspec import Struct, convert

from shave.dockerfile.lexer import expand
from shave.facts import load
from shave.recipe import Call, Recipe, Step
from shave.reference import short

OF_BASE = "/\0"
"""Stands for the working directory that only the base image knows: no file has such a name (path_resolution(7))."""
_HOME = "/root"
_MOVING = frozenset({"cd", "pushd", "popd"})
_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")
_MOST_WORDS = 64


class _Workdir(Struct, frozen=True):
    path: str
    images: tuple[str, ...]
    source: str


def workdir(recipe: Recipe, step: Step) -> str:
    """The directory that a step starts in; ``OF_BASE``, or one below, where only the base image would say."""
    return recipe.once(_workdirs)[step.number]


def _workdirs(recipe: Recipe) -> tuple[str, ...]:
    """That of each step, by number."""
    found: list[str] = []
    last: dict[int, str] = {-1: "/"}
    for step in recipe.steps:
        if step.keyword == "FROM":
            parent = recipe.file.stages[step.stage].parent
            first = _of_image(recipe.base(step.stage) or "") if parent is None else last.get(parent, OF_BASE)
            last[step.stage] = first
        found.append(last.get(step.stage, "/"))
        if step.keyword == "WORKDIR" and step.instruction.arguments:
            value = expand(step.instruction.arguments[0].value, step.variables, step.file.escape)
            last[step.stage] = absolute(value, found[-1]) or OF_BASE
    return tuple(found)


def _of_image(image: str) -> str:
    name, _ = short(image)
    rows = (row.path for row in _known() if any(fnmatchcase(name, glob) for glob in row.images))
    return next(rows, OF_BASE)


@cache
def _known() -> tuple[_Workdir, ...]:
    return convert(load("workdirs")["workdir"], tuple[_Workdir, ...])


def directories(recipe: Recipe, step: Step) -> Iterator[tuple[Call, str | None]]:
    """The calls of a step, each with the directory that it runs in, None where only a run knows it."""
    return walked(step, workdir(recipe, step))


def walked(step: Step, here: str | None) -> Iterator[tuple[Call, str | None]]:
    """The same of a step that starts in ``here``."""
    left: list[tuple[int, str | None]] = []
    subshells = tuple(_subshells(step))
    for call in step.calls:
        while left and call.start >= left[-1][0]:
            here = left.pop()[1]
        yield call, here
        if call.tool in _MOVING and not _is_substituted(call):
            end = _end(call, subshells)
            if end is not None and end not in {each for each, _ in left}:
                left.append((end, here))
            here = _moved(call, here)


def _moved(call: Call, here: str | None) -> str | None:
    """Where a call takes its shell; back to where it was is not followed."""
    if call.tool == "popd" or call.operands[:1] == ("-",):
        return None
    return absolute(call.operands[0], here) if call.plain else _HOME


def absolute(word: str | None, directory: str | None) -> str | None:
    """A path or pattern as an absolute normalised one, for a command that runs in ``directory``; None if not known."""
    if word is None:
        return None
    if word == "~" or word.startswith("~/"):
        word = _HOME + word[1:]
    if not word.startswith("/") and directory is None:
        return None
    path = "/" + normpath(join(directory or "/", word)).lstrip("/")
    is_lost = not word.startswith("/") and is_of_base(directory or "/") and not is_of_base(path)
    return None if is_lost else path


def absolutes(word: str | None, directory: str | None) -> tuple[str, ...]:
    """The same of a word with braces."""
    found = (absolute(each, directory) for each in expanded(word or ""))
    return tuple(each for each in found if each) if word else ()


def expanded(word: str) -> Iterator[str]:
    """A word's choices, as a shell expands braces."""
    parts = _BRACES.split(word)
    choices = [part.split(",") if at % 2 else [part] for at, part in enumerate(parts)]
    for number, chosen in enumerate(product(*choices)):
        if number == _MOST_WORDS:
            return
        yield "".join(chosen)


def is_of_base(path: str) -> bool:
    """Whether only the base image knows where a path is."""
    return path == OF_BASE or path.startswith(f"{OF_BASE}/")


def spoken(path: str) -> str:
    """A path as people call it: relative where only the base image knows what to."""
    return (path.removeprefix(OF_BASE).lstrip("/") or ".") if is_of_base(path) else path


def glob(path: str) -> str:
    """A path or pattern as a glob over those of an image, "" for its root: anywhere, where only the base knows."""
    return f"**/{path.removeprefix(OF_BASE).lstrip('/')}".rstrip("/") if is_of_base(path) else path.lstrip("/")


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
