"""Which earlier RUN did what a call takes back: of what the call names the last that names it, too.

What is installed unnamed, for a list or for the sake of others, is of the one RUN that may have brought it, or of
nobody knows which. The table is facts/writes.toml, "undo".
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from msgspec import Struct, convert

from shave.facts import load
from shave.recipe import Call, Step

_NAME = re.compile(r"@?[A-Za-z0-9][\w./-]*")
_LISTED = ("-r", "--requirement", "--requirements", "-e", "--editable", "-c")
# What brings nothing else, and is in most images before
_INSTALLERS = frozenset({"pip", "setuptools", "wheel", "uv", "npm", "bundler"})


class Undo(Struct, frozen=True):
    """A row: calls that take back what those with a verb of ``of`` did; a verb may be two words. With ``named`` it is
    what they name.
    """

    names: frozenset[str]
    verbs: frozenset[str]
    of: frozenset[str]
    source: str
    named: bool = False


class Undone(Struct, frozen=True):
    """A call, and the earlier RUNs that may have done what it takes back: one that did, or several of which one did."""

    call: Call
    firsts: tuple[Step, ...]
    is_named: bool


def undone(earlier: Sequence[Step], second: Step) -> Undone | None:
    """What a RUN takes back that it did not do itself."""
    for row in _undoes():
        undo = next((call for call in second.calls if _is(call, row, row.verbs)), None)
        if undo:
            firsts = _by_name(earlier, second, undo, row) if row.named else _last(earlier, second, undo, row)
            return Undone(undo, firsts, row.named) if firsts else None
    return None


def _last(earlier: Sequence[Step], second: Step, undo: Call, row: Undo) -> tuple[Step, ...]:
    if any(call.start < undo.start for call in _calls(second, row, row.of)):
        return ()
    did = (
        step for step in reversed(earlier) if any(_calls(step, row, row.of)) and not any(_calls(step, row, row.verbs))
    )
    return tuple(step for step in [next(did, None)] if step)


def _by_name(earlier: Sequence[Step], second: Step, undo: Call, row: Undo) -> tuple[Step, ...]:
    taken = _named(undo) - {""}
    own = [call for call in _calls(second, row, row.of) if call.start < undo.start]
    if any(_named(call) & taken for call in own):
        return ()
    for step in reversed(earlier):
        if any(_named(call) & taken for call in _calls(step, row, row.of)):
            return (step,)
        if any(_named(call) & taken for call in _calls(step, row, row.verbs)):
            return ()
    if own or taken <= _INSTALLERS:
        return ()
    bringing = [
        (step, call) for step in earlier for call in _calls(step, row, row.of) if not _named(call) <= _INSTALLERS
    ]
    unnamed = [step for step, call in bringing if "" in _named(call)]
    return tuple({step.number: step for step in unnamed or [step for step, _ in bringing]}.values())


def _calls(step: Step, row: Undo, verbs: frozenset[str]) -> Iterator[Call]:
    return (call for call in step.calls if _is(call, row, verbs))


def _is(call: Call, row: Undo, verbs: frozenset[str]) -> bool:
    two = " ".join(word or "" for word in call.operands[:2])
    return call.tool in row.names and (call.verb in verbs or two in verbs)


def _named(call: Call) -> frozenset[str]:
    """The packages that a call names, without their versions; "" for what it does not name."""
    words = call.targets[1:] if call.verb == "pip" else call.targets
    names = {_name(word) for word in words}
    return frozenset(names | {""} if call.has(*_LISTED) or not words else names)


def _name(word: str | None) -> str:
    """Source: PEP 503, Normalized Names; npm: NAME@VERSION, @SCOPE/NAME."""
    found = _NAME.match(word or "")
    is_place = found is None or "://" in (word or "") or (word or "").startswith((".", "/")) or "[" in (word or "")
    return "" if is_place or found is None else re.sub(r"[-_.]+", "-", found[0]).lower()


@cache
def _undoes() -> tuple[Undo, ...]:
    return convert(load("writes")["undo"], tuple[Undo, ...])
