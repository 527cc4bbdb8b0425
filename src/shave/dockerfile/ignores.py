"""Which rules a Dockerfile asks not to be told of, by the comments of linters.

``# hadolint ignore=DL3009,DL3015`` and ``# shave ignore=SHV101`` hold for the instruction below them, with ``global``
before "ignore" for the whole file, as does ``# check=skip=NAME,…`` at the top. Of a block of comments right above an
instruction each line counts (hadolint takes the last alone). Behind our ids a reason may stand, in whatever words;
behind hadolint's one that begins with "#".
Sources: hadolint's README, "Inline ignores", and what hadolint 2.12 takes; Dockerfile reference, "check".
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from shave.dockerfile.parts import Comment, Directive, Dockerfile, Instruction

ALL = "all"
"""What stands for every rule of BuildKit's checks."""
_RULES = r"[A-Za-z]+[0-9]*(?:\s*,\s*[A-Za-z]+[0-9]*)*"
_IGNORE = re.compile(
    rf"(hadolint|shave)\s+(global\s+)?ignore\s*=\s*({_RULES})((?!\w|\s*,|\s+[A-Z]+[0-9]).*)", re.DOTALL
)
# Comments that begin like ours, in whatever spelling, wherever they stand
_MEANT = re.compile(
    rb"#[^\S\n]*(shave[^\w\n]{0,9}(?:global[^\w\n]{1,9})?(?:ignore|disable|skip|noqa)\b[^\n]*)", re.IGNORECASE
)
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})


class Ignore(Struct, frozen=True):
    """What a comment for a linter asks, at its ``start``: the ids of ``rules``, for the instruction that begins at
    ``below``, None for the whole file. ``linter`` is "shave", "hadolint" or "check".
    """

    linter: str
    start: int
    rules: frozenset[str]
    below: int | None = None


class Ignores(Struct, frozen=True, dict=True):
    """What is asked. ``unread`` are the offsets of comments that begin as ours do, and mean nothing as they are written
    or where they stand. ``is_error`` if a finding is to fail the build (``# check=error=true``).
    """

    asked: tuple[Ignore, ...] = ()
    unread: tuple[int, ...] = ()
    is_error: bool = False

    @cached_property
    def everywhere(self) -> frozenset[str]:
        """The ids of rules for the whole file."""
        return frozenset(rule for each in self.asked if each.below is None for rule in each.rules)

    @cached_property
    def _below(self) -> Mapping[int, frozenset[str]]:
        found: dict[int, frozenset[str]] = {}
        for each in self.asked:
            if each.below is not None:
                found[each.below] = found.get(each.below, frozenset()) | each.rules
        return found

    def at(self, instruction: Instruction) -> frozenset[str]:
        """What is ignored for an instruction."""
        return self.everywhere | self._below.get(instruction.start, frozenset())


def ignores(dockerfile: Dockerfile) -> Ignores:
    """What the comments of a Dockerfile say."""
    options = _options(dockerfile.directives.get("check", ""))
    asked = tuple(_asked(dockerfile, _rules(options.get("skip", ""))))
    read = {dockerfile.position(each.start)[0] for each in asked}
    meant = (found.start() for found in _MEANT.finditer(dockerfile.text))
    unread = tuple(at for at in meant if dockerfile.position(at)[0] not in read)
    return Ignores(asked, unread, options.get("error", "").strip() in _TRUE)


def _asked(dockerfile: Dockerfile, skipped: frozenset[str]) -> Iterator[Ignore]:
    waiting: list[Ignore] = []
    for part in dockerfile.parts:
        if isinstance(part, Directive) and part.name == "check" and skipped:
            yield Ignore("check", part.start, skipped)
        elif isinstance(part, Comment) and (found := _IGNORE.fullmatch(part.text)) and _is_read(found[1], found[4]):
            ignore = Ignore(found[1], part.start, _rules(found[3]))
            if found[2]:
                yield ignore
            else:
                waiting.append(ignore)
        elif not isinstance(part, Comment):
            yield from (replace(each, below=part.start) for each in waiting if isinstance(part, Instruction))
            waiting = []


def above(text: bytes, start: int) -> tuple[bytes, ...]:
    """The lines of comments right above the line at ``start``, from the first on that asks something for what is below
    it; none if no one does.
    """
    lines: list[bytes] = []
    at, count = start, 0
    while (line := text[text.rfind(b"\n", 0, max(at - 1, 0)) + 1 : at]).lstrip().startswith(b"#"):
        at -= len(line)
        lines.append(line)
        count = len(lines) if is_asking(line) else count
    return tuple(reversed(lines[:count]))


def is_asking(line: bytes) -> bool:
    """Whether a line of comment asks something for the instruction below it."""
    found = _heard(line)
    return found is not None and not found[2]


def is_heard(line: bytes) -> bool:
    """Whether a line of comment asks something, for the instruction below it or for the whole file."""
    return _heard(line) is not None


def _heard(line: bytes) -> re.Match[str] | None:
    found = _IGNORE.fullmatch(line.strip().removeprefix(b"#").strip().decode("utf-8", "replace"))
    return found if found and _is_read(found[1], found[4]) else None


def _is_read(linter: str, reason: str) -> bool:
    return linter == "shave" or not reason.strip() or reason.lstrip().startswith("#")


def _rules(text: str) -> frozenset[str]:
    return frozenset(rule.strip() for rule in text.split(",") if rule.strip())


def _options(text: str) -> dict[str, str]:
    """``skip=A,B;error=true`` (moby/buildkit frontend/dockerfile/linter, ParseLintOptions)."""
    pairs = (option.partition("=") for option in text.split(";"))
    return {key.strip(): value for key, _, value in pairs}
