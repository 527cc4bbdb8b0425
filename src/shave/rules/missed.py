"""Whether anything can miss what a RUN leaves, once it is deleted at the RUN's end: in doubt it can.

Nothing can where the RUN used it up: what names it there, or works in it, is of a kind that is done with files when it
ends (facts/writes.toml, "consumer"), and not a link, a program of its own, or one that installs by pointing to it.
And nobody else may name it or a directory that it is in, nor find it where they run.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from posixpath import dirname

from msgspec import Struct, convert

from shave.directories import absolutes, directories
from shave.facts import load
from shave.lives import Life
from shave.recipe import Call, Recipe, Step
from shave.rules.mounting import is_named_behind
from shave.shell import builtins
from shave.written import Write, matches, writes

_SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "zsh", "python", "perl", "java"})
_SPEAKING = frozenset({"echo", "printf"})
_SILENT = frozenset({"FROM", "WORKDIR", "USER", "LABEL", "MAINTAINER", "EXPOSE", "STOPSIGNAL"})
_HANDING = frozenset({"find", "xargs", "parallel"})
"""What they start has words that are not here."""
_GOING = frozenset({"cd", "pushd", "mkdir"})
_EXPANSION = re.compile(r"[\"']?[$`]")
_REDIRECTION = re.compile(rb"(?<![<>])[<>]++\s*+[^\s;&|()<>]++")
# Words that end in the name of a directory: "/tmp", "/tmp/", "/tmp/*", "/tmp/$x"; and "/" alone
_DIRECTORY = re.compile(rb"(?<![\w.-])([\w.-]++)(?:/\.?(?![\w.-])|(?![\w./-]))")
_ROOT = re.compile(rb"(?<![\w./*$})\]-])/(?![\w./-])")


class Consumer(Struct, frozen=True):
    """A row of the table."""

    names: frozenset[str]
    source: str
    verbs: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()
    here: bool = False


class Doing(Struct, frozen=True):
    """A call, where it runs, its words as one text, and the paths that they may be; ``is_unsure`` if one may be any."""

    call: Call
    here: str | None
    words: str
    paths: tuple[str, ...]
    is_unsure: bool


def is_missed(recipe: Recipe, life: Life, last: int) -> bool:
    """Whether anything may miss it, if it goes at the end of the RUN ``last``, which may be that of a later step."""
    steps = recipe.steps[life.write.step : last + 1]
    if not _is_used_up(recipe, life, steps) or is_named_behind(recipe, life, last):
        return True
    is_done = not life.write.is_tree and life.use("unpacked", "installed") is not None
    return _is_searched(recipe, life.write.path, last) or not (is_done or not _is_worked_at(recipe, life.write, last))


def consumes(call: Call) -> bool:
    """Whether a call is done with files when it ends."""
    return _consumer(call) is not None


def _consumer(call: Call) -> Consumer | None:
    row = _consumers().get((call.tool, call.verb)) or _consumers().get((call.tool, ""))
    return row if row and not row.but.intersection(call.words) else None


@cache
def _consumers() -> dict[tuple[str, str], Consumer]:
    rows = convert(load("writes")["consumer"], tuple[Consumer, ...])
    return {(name, verb): row for row in rows for name in row.names for verb in row.verbs or ("",)}


def _is_used_up(recipe: Recipe, life: Life, steps: Sequence[Step]) -> bool:
    """Whether something in these steps uses it, and nothing that does may point to it."""
    is_used = False
    for step in steps:
        for doing in recipe.once(_doings).get(step.number, ()):
            if doing.call is life.write.call or not _touches(doing, life.write):
                continue
            if not (consumes(doing.call) or _runs(doing, life.write) or _is_checksum(step, doing.call)):
                return False
            is_used = True
        if _is_written_down(step, life.write):
            return False
    return is_used


def _touches(doing: Doing, write: Write) -> bool:
    """Whether a call names it, or may; of a tree, whether it works in it, too."""
    here = doing.here
    if write.is_tree and (here is None or matches(here, write)) and doing.call.tool not in builtins() and here != "/":
        return True
    return doing.is_unsure or write.path in doing.words or any(matches(path, write) for path in doing.paths)


def _runs(doing: Doing, write: Write) -> bool:
    """Whether it runs a file, as an installer; a program of a tree may link to its own."""
    return not write.is_tree and (doing.call.tool in _SHELLS or doing.paths[:1] == (write.path,))


def _is_checksum(step: Step, call: Call) -> bool:
    """Whether it says a checksum to the program that compares it: ``echo "… FILE" | sha256sum -c``."""
    pipe = call.statement.after if call.statement and call.tool in _SPEAKING else None
    reading = (each for each in step.calls if each.statement and pipe and each.statement.before == pipe)
    return pipe is not None and pipe.text == "|" and any(each.tool.endswith("sum") for each in reading)


def _doings(recipe: Recipe) -> dict[int, tuple[Doing, ...]]:
    """The calls of each RUN, but for those that do nothing but start another: that is judged."""
    return {step.number: tuple(_judged(recipe, step)) for step in recipe.steps if step.keyword == "RUN"}


def _judged(recipe: Recipe, step: Step) -> Iterator[Doing]:
    last = {(call.start, call.end): call for call in step.calls}
    for call, here in directories(recipe, step):
        if call.tool in _HANDING or not call.spans or last[call.start, call.end] is call:
            words = [_as_written(step, call, at) if word is None else word for at, word in enumerate(call.words)]
            named = (word.rpartition("=")[2] for word in words if "://" not in word)
            paths = (path for word in named for path in absolutes(word, here) if path != "/")
            unsure = (_EXPANSION.match(each) for each, word in zip(words, call.words, strict=True) if word is None)
            yield Doing(call, here, "\n".join(words), tuple(paths), call.tool not in _SPEAKING and any(unsure))


def _as_written(step: Step, call: Call, at: int) -> str:
    return step.file.text[slice(*call.spans[at])].decode("utf-8", "replace") if call.spans else "$"


def _is_written_down(step: Step, write: Write) -> bool:
    """Whether its name stands beside the commands: in a here-document, a loop, or a variable that is used there."""
    if step.shell is None:
        return False
    rest = bytearray(step.file.text[step.start : step.instruction.end])
    assigned = [each for each in step.shell.steps if each.kind == "variable_assignment"]
    spans = [(call.start, call.end) for call in step.calls if call.spans]
    for start, end in (*spans, *(step.shell.text.span(each.start, each.end) for each in assigned)):
        rest[start - step.start : end - step.start] = b" " * (end - start)
    left = _REDIRECTION.sub(b"", bytes(rest))
    names = [step.shell.text.text[each.start : each.end].partition(b"=")[0].rstrip(b"+") for each in assigned]
    return write.path.encode("utf-8", "surrogateescape") in left or any(
        re.search(rb"\$\{?" + re.escape(name) + rb"\b", left) for name in names
    )


def _is_searched(recipe: Recipe, path: str, last: int) -> bool:
    """Whether a step behind, or a variable anywhere, names a directory that it is in."""
    named, variables = recipe.once(_directories)
    above = [part.encode("utf-8", "surrogateescape") for part in dirname(path).split("/")]
    return any(named.get(part, -1) > last or (part in variables and part) for part in above)


def _directories(recipe: Recipe) -> tuple[dict[bytes, int], frozenset[bytes]]:
    """The names of directories in words of the file, each with the last step that has it, b"" for the root; those in
    ENV and ARG.
    """
    found: dict[bytes, int] = {}
    variables: set[bytes] = set()
    for step in recipe.steps:
        text = _asking(recipe, step)
        names = {name[1] for name in _DIRECTORY.finditer(text)} | ({b""} if _ROOT.search(text) else set())
        found |= dict.fromkeys(names, step.number)
        variables |= names if step.keyword in ("ENV", "ARG") else set()
    return found, frozenset(variables)


def _asking(recipe: Recipe, step: Step) -> bytes:
    """A step without the words that only say where files go."""
    if step.keyword in _SILENT:
        return b""
    text = bytearray(step.file.text[step.start : step.instruction.end])
    for start, end in _going(recipe, step):
        text[start - step.start : end - step.start] = b" " * (end - start)
    return bytes(text)


def _going(recipe: Recipe, step: Step) -> Iterable[tuple[int, int]]:
    if step.keyword in ("COPY", "ADD") and step.instruction.arguments:
        yield step.instruction.arguments[-1].start, step.instruction.arguments[-1].end
    fetching = {id(write.call) for write in writes(recipe, step) if write.kind != "made"}
    for call in step.calls:
        if call.spans and (call.tool in _GOING or id(call) in fetching):
            yield call.start, call.end


def _is_worked_at(recipe: Recipe, write: Write, last: int) -> bool:
    """Whether a later RUN works where it is, by a program that may find it there."""
    place = write.path if write.is_tree else dirname(write.path)
    later = (each for number, doings in recipe.once(_doings).items() if number > last for each in doings)
    return any(_may_find(each.call) and (each.here is None or _is_around(each.here, place)) for each in later)


def _is_around(here: str, place: str) -> bool:
    return here == place or (here != "/" and f"{place}/".startswith(f"{here}/"))


def _may_find(call: Call) -> bool:
    row = _consumer(call)
    return row.here if row else call.tool not in builtins()
