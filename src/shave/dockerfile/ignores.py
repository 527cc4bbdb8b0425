"""Which rules a Dockerfile asks not to be told of, by the comments of linters.

``# hadolint ignore=DL3009,DL3015`` and ``# shave ignore=SHV101`` hold for the instruction below them, with ``global``
before "ignore" for the whole file, as does ``# check=skip=NAME,…`` at the top. Of a block of comments right above an
instruction each line counts (hadolint takes the last alone).
Sources: hadolint's README, "Inline ignores"; Dockerfile reference, "check".
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from shave.dockerfile.parts import Comment, Dockerfile, Instruction

ALL = "all"
"""What stands for every rule of BuildKit's checks."""
_RULE = r"[A-Za-z]+[0-9]*"
_IGNORE = re.compile(rf"(?:hadolint|shave)\s+(global\s+)?ignore\s*=\s*({_RULE}(?:\s*,\s*{_RULE})*)")
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})


class Ignores(Struct, frozen=True):
    """``everywhere`` are the ids of rules for the whole file, ``below`` those for the instructions at these offsets.

    ``is_error`` if a finding is to fail the build (``# check=error=true``).
    """

    everywhere: frozenset[str] = frozenset()
    below: Mapping[int, frozenset[str]] = {}
    is_error: bool = False

    def at(self, instruction: Instruction) -> frozenset[str]:
        """What is ignored for an instruction."""
        return self.everywhere | self.below.get(instruction.start, frozenset())


def ignores(dockerfile: Dockerfile) -> Ignores:
    """What the comments of a Dockerfile say. A comment that is not quite in the form says nothing."""
    options = _options(dockerfile.directives.get("check", ""))
    everywhere = _rules(options.get("skip", ""))
    below: dict[int, frozenset[str]] = {}
    waiting: frozenset[str] = frozenset()
    for part in dockerfile.parts:
        if isinstance(part, Comment):
            is_global, rules = _ignored(part.text)
            everywhere, waiting = (everywhere | rules, waiting) if is_global else (everywhere, waiting | rules)
            continue
        if isinstance(part, Instruction) and waiting:
            below[part.start] = waiting
        waiting = frozenset()
    return Ignores(everywhere, below, options.get("error", "").strip() in _TRUE)


def _ignored(text: str) -> tuple[bool, frozenset[str]]:
    found = _IGNORE.fullmatch(text)
    return (bool(found[1]), _rules(found[2])) if found else (False, frozenset())


def _rules(text: str) -> frozenset[str]:
    return frozenset(rule.strip() for rule in text.split(",") if rule.strip())


def _options(text: str) -> dict[str, str]:
    """``skip=A,B;error=true`` (moby/buildkit frontend/dockerfile/linter, ParseLintOptions)."""
    pairs = (option.partition("=") for option in text.split(";"))
    return {key.strip(): value for key, _, value in pairs}
