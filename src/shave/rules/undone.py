"""Which earlier RUN did what a call takes back: of what the call names the last that names it, too.

What is installed unnamed, for a list or for the sake of others, is of the one RUN that may have brought it, or of
nobody knows which. The table is facts/writes.toml, "undo".
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from msgspec import Struct, convert

from shave.facts import load
from shave.recipe import Call, Recipe, Step

_NAME = re.compile(r"@?[A-Za-z0-9][\w./-]*")
_LISTED = ("-r", "--requirement", "--requirements", "-e", "--editable")
_MOST = 20
"""RUNs of which one may have brought a package: of more nobody learns anything."""
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
    """A call, and the earlier RUNs that may have done what it takes back; if that ``is_sure``, the one that did.

    Else one may have brought it for a list or for the sake of others, if it is not of the base.
    """

    call: Call
    firsts: tuple[Step, ...]
    is_named: bool
    is_sure: bool


class _Done(Struct, frozen=True):
    """The numbers of RUNs that did what a row is about, in their order: by a name, unnamed, in any way, and without
    taking it back; and of those that took back a name.
    """

    named: dict[str, list[int]]
    unnamed: list[int]
    bringing: list[int]
    kept: list[int]
    taken: dict[str, list[int]]


def undone(recipe: Recipe, second: Step) -> Undone | None:
    """What a RUN takes back that it did not do itself."""
    for row, done in zip(_undoes(), recipe.once(_history), strict=True):
        undo = next((call for call in second.calls if _is(call, row, row.verbs)), None)
        if undo:
            return (_by_name if row.named else _last)(recipe, second, undo, row, done)
    return None


def _last(recipe: Recipe, second: Step, undo: Call, row: Undo, done: _Done) -> Undone | None:
    last = _before(done.kept, second)
    is_own = any(call.start < undo.start for call in _calls(second, row, row.of))
    return None if is_own or last < 0 else Undone(undo, (recipe.steps[last],), is_named=False, is_sure=True)


def _by_name(recipe: Recipe, second: Step, undo: Call, row: Undo, done: _Done) -> Undone | None:
    names = _named(undo) - {""}
    own = [call for call in _calls(second, row, row.of) if call.start < undo.start]
    if any(_named(call) & names for call in own):
        return None
    last = max((_before(done.named.get(name, []), second) for name in names), default=-1)
    is_gone = last < max((_before(done.taken.get(name, []), second) for name in names), default=-1)
    if last >= 0 and not is_gone:
        return Undone(undo, (recipe.steps[last],), is_named=True, is_sure=True)
    if is_gone or own or names <= _INSTALLERS:
        return None
    at, every = bisect_left(done.unnamed, second.number), bisect_left(done.bringing, second.number)
    firsts = done.unnamed[: min(at, _MOST + 1)] or done.bringing[: min(every, _MOST + 1)]
    steps = tuple(recipe.steps[number] for number in firsts)
    return Undone(undo, steps, is_named=True, is_sure=False) if 0 < len(steps) <= _MOST else None


def _before(numbers: Sequence[int], second: Step) -> int:
    """The last of these before a step, -1 for none."""
    at = bisect_left(numbers, second.number)
    return numbers[at - 1] if at else -1


def _history(recipe: Recipe) -> tuple[_Done, ...]:
    """Of each row what the RUNs of the image did: asked once, as each RUN that takes back asks for all before it."""
    return tuple(_done(recipe, row) for row in _undoes())


def _done(recipe: Recipe, row: Undo) -> _Done:
    did = [(step.number, _names(step, row, row.of), _names(step, row, row.verbs)) for step in recipe.runs]
    bringing = [(number, brought) for number, brought, _ in did if any(not names <= _INSTALLERS for names in brought)]
    return _Done(
        _places((number, brought) for number, brought, _ in did),
        [number for number, brought in bringing if any("" in names for names in brought)],
        [number for number, _ in bringing],
        [number for number, brought, taken in did if brought and not taken],
        _places((number, taken) for number, _, taken in did),
    )


def _names(step: Step, row: Undo, verbs: frozenset[str]) -> list[frozenset[str]]:
    return [_named(call) for call in _calls(step, row, verbs)]


def _places(did: Iterable[tuple[int, list[frozenset[str]]]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, several in did:
        for name in frozenset().union(*several):
            found.setdefault(name, []).append(number)
    return found


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
