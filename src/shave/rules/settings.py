"""What is set for a call before it runs: by variables, and by files of settings that its stage writes.

Words that only look like it set nothing: options of other calls, what is echoed to nobody, comments.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from itertools import zip_longest
from math import inf

from shave.recipe import Call, Recipe, Step

_WRITING = frozenset({"echo", "printf", "cat"})
_CHANGING = frozenset({"tee", "sed", "yum-config-manager"})
_SETTING = frozenset({"config", "config-manager", "set"})
_INTO_FILE = re.compile(rb">(?!\s*/dev/null|&)")
_MOST = 8
"""Assignments of one variable before a call that are looked at."""


def said(recipe: Recipe, step: Step, call: Call, name: str) -> str | None:
    """What a variable is set to for a call: by ENV or ARG, for it alone (``X=1 pip``), or by ``export`` before it; ""
    where only a build or a run knows, None where nobody sets it.
    """
    around = (call.start or step.start, call.end or step.instruction.end)
    start, end = (call.spans[0][0],) * 2 if call.spans else around
    found = step.assignments.get(name, ())
    behind = bisect_right(found, end, key=lambda each: each.start)
    for each in reversed(found[max(behind - _MOST, 0) : behind]):
        if start < each.end and not (each.is_own and name not in step.scope.values):
            return each.value
    if name in step.variables:
        return step.variables[name]
    return "" if name in step.scope.values or recipe.once(_declared).get(name, inf) < step.start else None


def _declared(recipe: Recipe) -> Mapping[str, int]:
    """Where ARG first says of a name that a build may be given it."""
    found: dict[str, int] = {}
    for each in recipe.file.parameters:
        for word in each.arguments:
            found.setdefault(word.value, each.start)
    return found


def is_configured(recipe: Recipe, step: Step, offset: int, setting: str) -> bool:
    """Whether something before an offset of a step, in its stage or in one that this is built on, writes it to a file
    or sets it by a tool (``pip config set``).
    """
    return recipe.once(_first(setting))[step.stage] < offset


@cache
def _first(setting: str) -> Callable[[Recipe], Mapping[int, float]]:
    """One function for each, so that a recipe is searched once for it."""
    return partial(_search, re.compile(rb"(?<!-)" + re.escape(setting.encode()), re.IGNORECASE))


def _search(pattern: re.Pattern[bytes], recipe: Recipe) -> Mapping[int, float]:
    texts = ((stage, at, text) for stage, every in recipe.once(written).items() for at, text in every)
    return first_of(recipe, ((stage, at) for stage, at, text in texts if pattern.search(text)))


def first_of(recipe: Recipe, places: Iterable[tuple[int, int]]) -> Mapping[int, float]:
    """Of stages and offsets in them the first for each stage, in it or in one that it is built on; infinite for none.
    Before the first FROM that is stage -1.
    """
    found: dict[int, float] = {}
    for stage, at in places:
        found[stage] = min(at, found.get(stage, inf))
    for each in recipe.file.stages:
        above = inf if each.parent is None else found[each.parent]
        found[each.number] = min(above, found.get(each.number, inf))
    return {-1: inf} | found


def written(recipe: Recipe) -> Mapping[int, list[tuple[int, bytes]]]:
    """What each stage, by number, writes to files or sets, as it is written, and where (offsets of the Dockerfile)."""
    found: dict[int, list[tuple[int, bytes]]] = {}
    for step in recipe.steps:
        # commands in one string have one place
        spans = sorted(set(_spans(step)))
        found.setdefault(step.stage, []).extend((at, recipe.file.text[start:end]) for at, start, end in spans)
    return found


def _spans(step: Step) -> Iterator[tuple[int, int, int]]:
    """Where each stands that writes, and from where to where what it writes: of a COPY the names of the files."""
    shell = step.shell if step.keyword == "RUN" else None
    script = shell.text.origin(0) if shell and shell.text.text else -1
    for heredoc in step.instruction.heredocs:
        if not heredoc.body_start <= script < heredoc.body_end:
            yield heredoc.start, heredoc.body_start, heredoc.body_end
    if step.keyword == "RUN":
        yield from _called(step)
    elif step.keyword in ("COPY", "ADD"):
        yield step.start, step.start, step.end


def _called(step: Step) -> Iterator[tuple[int, int, int]]:
    end = step.instruction.end
    into = max((each.start() for each in _INTO_FILE.finditer(step.file.text, step.start, end)), default=-1)
    if step.is_overlong:
        yield step.start, step.start, end
    for call, following in zip_longest(step.calls, step.calls[1:]):
        is_written = call.tool in _WRITING and (call.start < into or _is_piped(call))
        if is_written or call.tool in _CHANGING or _SETTING & set(call.operands[:2]):
            # the lines of a here-document in a script stand behind its command
            behind = following.start if following else end
            yield call.start, call.start, max(behind, call.end) if call.tool in ("cat", "tee") else call.end


def _is_piped(call: Call) -> bool:
    after = call.statement.after if call.statement else None
    return after is not None and after.text == "|"
