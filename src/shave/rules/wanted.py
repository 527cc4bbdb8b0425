"""Whether something may want what a fix would delete, or would keep from being fetched: one notion for all rules about
caches and lists. In doubt it may.

A cache only saves time, unless who fetches goes without the network, or somebody names its directory. Lists are wanted
by whoever starts apt, and that may be any program that is not known.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial

from msgspec import Struct, convert
from msgspec.structs import replace

from shave.facts import load
from shave.lint import Fix
from shave.recipe import Call, Recipe, Step
from shave.rules.settings import first_of, written
from shave.shell import SHELLS, builtins

# Who only prefers what is there fetches the rest; models of Hugging Face are in no cache of a package manager
_OFFLINE = re.compile(
    rb"(?<!go-)(?<!prefer[-_])(?<!hub_)(?<!transformers_)(?<!datasets_)(?:offline|cacheonly)"
    rb"(?![\"' ]*[= ][\"' ]*(?:0|false|no|off)\b)"
    rb"|--network=none|--no-network|--no-refresh|GOPROXY=[\"']?off",
    re.IGNORECASE,
)
_SYSTEM = ("/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/")
_READING = SHELLS | {"eval", "trap", "su", "runuser", "script"}
"""Who reads commands in a word."""
_SOURCING = frozenset({".", "source"})
_ASKING = frozenset({"--version", "-version", "--help"})


def naming(recipe: Recipe, offset: int, directories: tuple[str, ...]) -> int | None:
    """Where something behind an offset, in whichever stage, names one of these directories ("~/.npm"), other than to
    delete what may be missing; None for nowhere.
    """
    found = recipe.once(_last_naming(directories))
    return found if found >= offset else None


def offline(recipe: Recipe, step: Step, offset: int) -> int | None:
    """Where something behind an offset of a step goes without the network, or where it is set above that what stands
    there does; None for nowhere.

    Sources: uv, Environment variables, UV_OFFLINE; npm, config, offline; go help environment, GOPROXY.
    """
    found = recipe.once(_last_offline)
    if found >= offset:
        return found
    above = recipe.once(_set_offline)[step.stage]
    return int(above) if above < offset else next(_exported(step, offset), None)


def _set_offline(recipe: Recipe) -> Mapping[int, float]:
    """Of each stage where ENV, ARG, a file or a tool first says so."""
    variables = ((step.stage, step.start, step.end) for step in recipe.steps if step.keyword in ("ENV", "ARG"))
    said = [(stage, start) for stage, start, end in variables if _OFFLINE.search(recipe.file.text, start, end)]
    files = ((stage, at, text) for stage, texts in recipe.once(written).items() for at, text in texts)
    return first_of(recipe, said + [(stage, at) for stage, at, text in files if _OFFLINE.search(text)])


def _exported(step: Step, offset: int) -> Iterator[int]:
    """Where the shell is told so, for the command at an offset."""
    for name, found in step.assignments.items():
        for each in found:
            if each.start < offset <= each.end and _OFFLINE.search(f"{name}={each.value}".encode()):
                yield each.start


def unless(recipe: Recipe, what: str, fix: Fix | None, *wanted: int | None) -> Fix | None:
    """A fix, if nothing wants what goes. If something at one of these offsets may, it is not safe, and its text says so
    of the first.
    """
    at = next((each for each in wanted if each is not None), None)
    if fix is None or at is None:
        return fix
    text = f"{fix.text}, if line {recipe.file.position(at)[0]} does not need {what}"
    return replace(fix, text=text, is_safe=False)


def is_unknown(call: Call) -> bool:
    """Whether nobody here knows what a call does: that of a script, of a Makefile's rule, of a program of one's own."""
    if not call.words or call.words[0] is None:
        return True
    row, own = _known().get(call.tool), _own()
    if row and row.verbs and call.verb in row.verbs and call.operands[:1] != (None,):
        return False
    if call.tool in own.names and None not in call.words:
        return any(own.is_hint(word) for word in call.words[1:] if word)
    if row and row.verbs:
        return True
    if call.tool in _READING and None in call.words:
        return True
    if "/" in call.words[0] and not call.words[0].startswith(_SYSTEM):
        return True
    if call.tool in SHELLS:
        return not call.has("-c")
    is_own = call.tool in builtins() and call.tool not in _SOURCING
    return not (row or is_own or (len(call.words) == 2 and call.words[1] in _ASKING))


def _last_offline(recipe: Recipe) -> int:
    return _last(_OFFLINE, recipe)


@cache
def _last_naming(directories: tuple[str, ...]) -> Callable[[Recipe], int]:
    """One function for each, so that a recipe is searched once for it."""
    pattern = re.compile(b"|".join(each for directory in directories for each in _patterns(directory)))
    return partial(_last, pattern)


def _last(pattern: re.Pattern[bytes], recipe: Recipe) -> int:
    """Where it is found last, -1 for nowhere."""
    return max((found.start() for found in pattern.finditer(recipe.once(_wanting))), default=-1)


def _wanting(recipe: Recipe) -> bytes:
    """The instructions, blank where they delete what may be missing, or where a mount hides what is in layers."""
    text = bytearray(len(recipe.file.text))
    for step in recipe.steps:
        start, end = step.start, step.instruction.end
        text[start:end] = recipe.file.text[start:end]
        for start, end in _idle(step):
            text[start:end] = bytes(end - start)
    return bytes(text)


def _idle(step: Step) -> Iterator[tuple[int, int]]:
    yield from ((call.start, call.end) for call in step.calls if _is_idle(call) and call.spans)
    for flag in step.instruction.flags:
        if flag.name == "mount" and "type=cache" in (flag.value or "") and "from=" not in (flag.value or ""):
            yield flag.start, flag.end


def _is_idle(call: Call) -> bool:
    """Whether it is well without the directory: ``rm -r`` fails where there is none (rm(1), -f), as rmdir does."""
    return call.tool == "mkdir" or (call.tool == "rm" and call.has("-f", "--force"))


def _patterns(directory: str) -> Iterator[bytes]:
    """What names a directory or one below it, and what takes all of one in a home that may be there for its sake."""
    place = re.escape(directory.removeprefix("~/").encode()).replace(rb"\*", rb"[^/\s]*")
    yield rb"(?<![\w.-])" + place + rb"(?![\w-])"
    while directory.startswith("~/") and b"/" in place:
        place = place.rpartition(b"/")[0]
        yield rb"(?<![\w.-])" + place + rb"(?=/?\*?(?:[\s\"'`,;&|)\0]|\Z))"


class _Program(Struct, frozen=True):
    names: tuple[str, ...]
    source: str
    verbs: frozenset[str] = frozenset()


class _Own(Struct, frozen=True):
    """Programs that run the project's own code, and how what sets up a machine is called there, but for plain words."""

    names: frozenset[str]
    hints: tuple[str, ...]
    plain: frozenset[str]
    source: str

    def is_hint(self, word: str) -> bool:
        """Whether one of the hints stands in it, not behind another letter."""
        pattern = "|".join(map(re.escape, self.hints))
        return word not in self.plain and re.search(f"(?<![a-zA-Z])(?:{pattern})", word) is not None


@cache
def _own() -> _Own:
    return convert(load("known_programs")["own"], _Own)


@cache
def _known() -> dict[str, _Program]:
    rows = convert(load("known_programs")["program"], tuple[_Program, ...])
    return {name: row for row in rows for name in row.names}
