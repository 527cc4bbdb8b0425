"""Whether anything can miss what a RUN leaves, once it is deleted at the RUN's end: in doubt it can.

Nothing can where the RUN used it up, and nobody else names it or a directory that it is in, or runs where it is.
"""

import re
from collections.abc import Iterator
from posixpath import dirname

from msgspec import Struct

from shave.lives import Life
from shave.recipe import Recipe, Step
from shave.rules.mounting import is_named_behind
from shave.rules.used_up import Doing, doings, is_used_up, may_find
from shave.written import Write, matches, writes

_SILENT = frozenset({"FROM", "WORKDIR", "USER", "LABEL", "MAINTAINER", "EXPOSE", "STOPSIGNAL"})
_SETTING = frozenset({"ENV", "ARG"})
_GOING = frozenset({"cd", "pushd", "mkdir"})
_SHARED = frozenset({"/tmp", "/var/tmp", "/usr/src"})
# Words that end in the name of a directory: "/tmp", "/tmp/", "/tmp/*", "/tmp/$x"; and "/" alone
_DIRECTORY = re.compile(rb"(?<![\w.-])([\w.-]++)(?:/\.?(?![\w.-])|(?![\w./-]))")
_PATTERN = re.compile(r"[*?\[]")
_ROOT = re.compile(rb"(?<![\w./*$})\]-])/(?![\w./-])")


class _Named(Struct, frozen=True):
    """The names of directories in words of a file, each with the last step that has it, b"" for the root; those that
    variables have, and all that is said of variables.
    """

    last: dict[bytes, int]
    variables: frozenset[bytes]
    settings: bytes


def is_missed(recipe: Recipe, life: Life, last: int) -> bool:
    """Whether anything may miss it, if it goes at the end of the RUN ``last``, which may be that of a later step."""
    write = life.write
    if not is_used_up(recipe, life, recipe.steps[write.step : last + 1]) or is_named_behind(recipe, life, last):
        return True
    if _is_expected(recipe, write) or _is_searched(recipe, write, last):
        return True
    return _is_worked_at(recipe, write, last)


def _is_expected(recipe: Recipe, write: Write) -> bool:
    """Whether what stands before names it: a variable, or a link to what is to come."""
    step = recipe.steps[write.step]
    before = recipe.file.text[: step.start]
    if any(write.path in value for value in step.variables.values()):
        return True
    text = recipe.once(_named).settings if write.path in _SHARED else before
    return write.path.encode("utf-8", "surrogateescape") in text


def _is_searched(recipe: Recipe, write: Write, last: int) -> bool:
    """Whether a step behind, or a variable anywhere, names a directory that it is in."""
    named = recipe.once(_named)
    above = [part.encode("utf-8", "surrogateescape") for part in dirname(write.path).split("/")]
    return any(named.last.get(part, -1) > last or (part and part in named.variables) for part in above)


def _named(recipe: Recipe) -> _Named:
    found: dict[bytes, int] = {}
    variables: set[bytes] = set()
    settings = [step for step in recipe.steps if step.keyword in _SETTING]
    for step in recipe.steps:
        text = _asking(recipe, step)
        names = {name[1] for name in _DIRECTORY.finditer(text)} | ({b""} if _ROOT.search(text) else set())
        found |= dict.fromkeys(names, step.number)
        variables |= names if step.keyword in _SETTING else set()
    return _Named(found, frozenset(variables), b"\n".join(step.file.text[step.start : step.end] for step in settings))


def _asking(recipe: Recipe, step: Step) -> bytes:
    """A step without the words that only say where files go."""
    if step.keyword in _SILENT:
        return b""
    text = bytearray(step.file.text[step.start : step.instruction.end])
    for start, end in _going(recipe, step):
        text[start - step.start : end - step.start] = b" " * (end - start)
    return bytes(text)


def _going(recipe: Recipe, step: Step) -> Iterator[tuple[int, int]]:
    if step.keyword in ("COPY", "ADD") and step.instruction.arguments:
        yield step.instruction.arguments[-1].start, step.instruction.arguments[-1].end
    fetching = {id(write.call) for write in writes(recipe, step) if write.kind != "made"}
    for call in step.calls:
        if call.spans and (call.tool in _GOING or id(call) in fetching):
            yield call.start, call.end


def _is_worked_at(recipe: Recipe, write: Write, last: int) -> bool:
    """Whether a later RUN works where it is, by a program that may find it there, or has a pattern that means it."""
    place = write.path if write.is_tree else dirname(write.path)
    later = (each for number, doings in recipe.once(doings).items() if number > last for each in doings)
    return any(_is_meant(each, write) or (may_find(each.call) and _is_near(each.here, place)) for each in later)


def _is_meant(doing: Doing, write: Write) -> bool:
    return any(_PATTERN.search(path) and matches(path, write) for path in doing.paths)


def _is_near(here: str | None, place: str) -> bool:
    return here is None or _is_around(here, place)


def _is_around(here: str, place: str) -> bool:
    return here == place or (here != "/" and f"{place}/".startswith(f"{here}/"))
