"""What ``test`` says where some words are known: true, false, or None where only a run knows.

Source: POSIX.1-2024, test; dpkg(1), --compare-versions.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from shave.maintainer.words import Words, matches

Status = bool | None
Exists = Callable[[str, str], Status]
"""Whether ``-e PATH`` (or another letter) holds in the image."""

_NUMBER = re.compile(r"-?[0-9]{1,18}")
_FILES = frozenset({"-e", "-f", "-d", "-x", "-r", "-w", "-s", "-L", "-h"})
_EQUAL, _UNEQUAL = frozenset({"=", "=="}), frozenset({"!="})
_NUMBERS: dict[str, Callable[[int, int], bool]] = {
    "-eq": int.__eq__,
    "-ne": int.__ne__,
    "-lt": int.__lt__,
    "-le": int.__le__,
    "-gt": int.__gt__,
    "-ge": int.__ge__,
}
_TO_NOTHING = {"lt": True, "le": True, "ne": True, "gt": False, "ge": False, "eq": False}
_TO_NOTHING |= {"lt-nl": False, "le-nl": False, "gt-nl": True, "ge-nl": True}


def decided(words: Words, exists: Exists) -> Status:
    """The outcome of ``test WORDS``; ``&&`` and ``||`` of ``[[`` may stand for ``-a`` and ``-o``."""
    return either([both([_negated(part, exists) for part in _split(each, "-a")]) for each in _split(words, "-o")])


def either(statuses: Sequence[Status]) -> Status:
    """Whether one at least is true."""
    return True if True in statuses else None if None in statuses else False


def both(statuses: Sequence[Status]) -> Status:
    """Whether all are true."""
    return False if False in statuses else None if None in statuses else True


def compared(words: Words) -> Status:
    """``dpkg --compare-versions WORDS`` where the first is empty: what was never installed is earlier than anything."""
    if len(words) != 3 or words[0] != "" or not words[2]:
        return None
    return _TO_NOTHING.get(words[1] or "")


def _split(words: Words, operator: str) -> Iterator[Words]:
    """Parts between the operators; one at either end is an operand (``test -a``)."""
    start = 0
    for at in range(1, len(words) - 1):
        if words[at] == operator:
            yield words[start:at]
            start = at + 1
    yield words[start:]


def _negated(words: Words, exists: Exists) -> Status:
    if len(words) > 1 and words[0] == "!" and (len(words) != 3 or words[1] not in _EQUAL | _UNEQUAL):
        status = _negated(words[1:], exists)
        return None if status is None else not status
    return _primary(words, exists)


def _primary(words: Words, exists: Exists) -> Status:
    if len(words) < 2:
        return None if None in words else bool(words and words[0])
    if None in words:
        return None
    known = [word or "" for word in words]
    if len(known) == 2:
        return _unary(known[0], known[1], exists)
    return _binary(*known) if len(known) == 3 else None


def _unary(operator: str, operand: str, exists: Exists) -> Status:
    if operator in ("-n", "-z"):
        return (operand != "") == (operator == "-n")
    if operator in _FILES:
        return exists(operator, operand) if operand else False
    return None


def _binary(left: str, operator: str, right: str) -> Status:
    if operator in _EQUAL | _UNEQUAL:
        return matches(left, right) == (operator in _EQUAL)
    if operator in _NUMBERS and _NUMBER.fullmatch(left) and _NUMBER.fullmatch(right):
        return _NUMBERS[operator](int(left), int(right))
    return None
