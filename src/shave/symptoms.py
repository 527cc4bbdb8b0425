"""What a run showed, from how a program ended and what it wrote. Pure; the facts are data (facts/symptoms.toml)."""

import re
from collections.abc import Sequence
from functools import cache

from msgspec import Struct, convert
from msgspec.structs import replace

from shave.diagnosis import Cause, Diagnosis
from shave.facts import load

_TEXT_LIMIT, _LONGEST_LINE = 1 << 16, 2000
_LINE_SHOWN, _NAME_SHOWN = 300, 200
REFUSED = 125
"""The exit status of docker-run(1) for what the engine or the runtime refused."""

_NEVER = Diagnosis(
    "never-ready",
    "the program runs, but was not ready in time",
    fix="look at what it waits for; [run] ready of shave.toml gives it more time",
)
_OTHERWISE = Diagnosis("exits-nonzero", "the program says by its exit status that it failed")


class Symptom(Struct, frozen=True):
    """A message, an exit status, or both, and what they may mean: ``causes``, the likeliest first.

    ``globs`` are where an image has what the message's ``name`` says is missing, with ``separator`` as a slash.
    """

    causes: tuple[Cause, ...]
    text: str
    fix: str
    source: str
    pattern: str = ""
    status: tuple[int, ...] = ()
    globs: tuple[str, ...] = ()
    separator: str = ""


@cache
def symptoms() -> tuple[tuple[Symptom, re.Pattern[str]], ...]:
    """All that are known, in the order in which they are tried."""
    known = convert(load("symptoms")["symptom"], tuple[Symptom, ...])
    return tuple((symptom, re.compile(symptom.pattern, re.MULTILINE)) for symptom in known)


def observed(status: int | None, output: str, predicted: Sequence[Diagnosis] = ()) -> Diagnosis | None:
    """The cause of a failure; None for exit status 0.

    ``status`` is 128 + n for signal n, REFUSED for what an engine or runtime said, None for a program that still runs
    and was not ready in time; ``output`` is what was written, of which the last 64 KiB count,
    and 2000 characters of a line. Where a message may mean
    several things, it means the one that was ``predicted`` from the files of the image.
    """
    if status == 0:
        return None
    text = "\n".join(line[:_LONGEST_LINE] for line in output[-_TEXT_LIMIT:].split("\n"))
    for symptom, pattern in symptoms():
        if not _counts(symptom, status):
            continue
        matches = [*pattern.finditer(text)] if symptom.pattern else [None]
        if matches:
            return _diagnosis(symptom, matches[-1], predicted)
    return _NEVER if status is None else _OTHERWISE


def meaning(status: int, output: str) -> str:
    """What stands behind an exit status in a sentence, a colon first; "" where no more is known than the number."""
    found = observed(status, output)
    return f": {found.text}" if found and found != _OTHERWISE else ""


def _counts(symptom: Symptom, status: int | None) -> bool:
    """An engine that refuses speaks for itself: what it says is no message of a program."""
    return status in symptom.status if symptom.status or status == REFUSED else True


def _diagnosis(symptom: Symptom, match: re.Match[str] | None, predicted: Sequence[Diagnosis]) -> Diagnosis:
    shown = (_line(match),) if match else ()
    for known in predicted:
        if known.cause in symptom.causes:
            return replace(known, evidence=(*shown, *known.evidence), stops=True)
    names = {name: found[:_NAME_SHOWN] for name, found in match.groupdict("").items()} if match else {}
    text, fix = (template.format_map(names) for template in (symptom.text, symptom.fix))
    return Diagnosis(symptom.causes[0], text, shown, fix)


def _line(match: re.Match[str]) -> str:
    """The whole line that a message begins in."""
    begin, end = match.string.rfind("\n", 0, match.start()) + 1, match.string.find("\n", match.start())
    return match.string[begin : end if end >= 0 else None].strip()[:_LINE_SHOWN]
