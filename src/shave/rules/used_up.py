"""Whether a RUN used up what it wrote: who names it there, or works in it, is done with it when the RUN ends.

Known to be are those of facts/writes.toml ("consumer"), which copy, build, compare or unpack. A link is not, nor a
program of its own, nor what installs by pointing to where it was: in doubt it is still in use.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from msgspec import Struct, convert

from shave.directories import absolutes, directories
from shave.facts import load
from shave.lives import Life
from shave.recipe import Call, Recipe, Step
from shave.shell import builtins
from shave.written import Write, matches

_SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "zsh", "python", "perl", "java"})
_SPEAKING = frozenset({"echo", "printf"})
_HANDING = frozenset({"find", "xargs", "parallel"})
"""What they start has words that are not here."""
_EXPANSION = re.compile(r"[\"']?[$`]")
_VALUES = frozenset({"variable_assignment"})
_REDIRECTION = re.compile(rb"(?<![<>])[<>]++\s*+[^\s;&|()<>]++")


class Consumer(Struct, frozen=True):
    """A row of the table: calls with none of the words ``but``. With ``here`` they use what is where they run, if they
    are ``idle`` they use nothing up.
    """

    names: frozenset[str]
    source: str
    verbs: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()
    here: bool = False
    idle: bool = False


class Doing(Struct, frozen=True):
    """A call, where it runs, its words as one text, and the paths that they may be; ``is_unsure`` if one may be any."""

    call: Call
    here: str | None
    words: str
    paths: tuple[str, ...]
    is_unsure: bool


def is_used_up(recipe: Recipe, life: Life, steps: Sequence[Step]) -> bool:
    """Whether something in these steps uses it, and nothing that does may point to it."""
    is_used = False
    for step in steps:
        for doing in recipe.once(doings).get(step.number, ()):
            if doing.call is life.write.call or not _touches(doing, life.write):
                continue
            row, is_run = _consumer(doing.call), _runs(doing, life.write)
            if not (row or is_run or _is_checksum(step, doing.call)):
                return False
            is_used = is_used or is_run or bool(row and not row.idle)
        if life.write.path.encode("utf-8", "surrogateescape") in recipe.once(beside).get(step.number, b""):
            return False
    return is_used


def consumes(call: Call) -> bool:
    """Whether a call is done with files when it ends."""
    return _consumer(call) is not None


def may_find(call: Call) -> bool:
    """Whether a call may use what is in the directory that it runs in, without naming it."""
    row = _consumer(call)
    return row.here if row else call.tool not in builtins()


def acts(call: Call) -> bool:
    """Whether a call may write: more than to say something, to look at files, or to make them ready."""
    row = _consumer(call)
    return not row.idle if row else call.tool not in builtins()


def _consumer(call: Call) -> Consumer | None:
    row = _consumers().get((call.tool, call.verb)) or _consumers().get((call.tool, ""))
    options = ((word or "").partition("=")[0] for word in call.words)
    return row if row and row.but.isdisjoint(options) else None


@cache
def _consumers() -> dict[tuple[str, str], Consumer]:
    rows = convert(load("writes")["consumer"], tuple[Consumer, ...])
    return {(name, verb): row for row in rows for name in row.names for verb in row.verbs or ("",)}


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


def doings(recipe: Recipe) -> dict[int, tuple[Doing, ...]]:
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


def beside(recipe: Recipe) -> dict[int, bytes]:
    """Of each RUN what stands beside its commands: here-documents, loops, and what is assigned and used there."""
    return {step.number: _rest(step) for step in recipe.steps if step.keyword == "RUN" and step.shell}


def _rest(step: Step) -> bytes:
    text, shell = step.file.text[step.start : step.instruction.end], step.shell
    spans = [(call.start, call.end) for call in step.calls if call.spans]
    values = [shell.text.span(each.start, each.end) for each in shell.steps if each.kind in _VALUES] if shell else []
    rest = _REDIRECTION.sub(b"", _blank(text, step.start, (*spans, *values)))
    names = (step.file.text[start:end].partition(b"=")[0].rstrip(b"+") for start, end in values)
    is_used = any(re.search(rb"\$\{?" + re.escape(name) + rb"\b", rest) for name in names)
    return text if is_used else rest


def _blank(text: bytes, offset: int, spans: Iterable[tuple[int, int]]) -> bytes:
    found = bytearray(text)
    for start, end in spans:
        found[start - offset : end - offset] = b" " * (end - start)
    return bytes(found)
