"""What is known of commands and packages by name: ``facts/maintainer.toml``."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache

from msgspec import Struct, convert

from shave.facts import load
from shave.maintainer.protocol import Call
from shave.stage import Remark


class Harmless(Struct, frozen=True, forbid_unknown_fields=True):
    """Commands that leave nothing that a container needs, and why; names may be globs."""

    names: tuple[str, ...]
    why: str
    source: str


class Missing(Struct, frozen=True, forbid_unknown_fields=True):
    """Commands that are not emulated, and what goes without them."""

    names: tuple[str, ...]
    loses: str
    source: str


class Settled(Struct, frozen=True, forbid_unknown_fields=True):
    """Packages whose scripts were read by people: what they do, and why nothing of that is missing."""

    names: tuple[str, ...]
    does: str
    why: str
    source: str


@cache
def harmless() -> tuple[Harmless, ...]:
    """The table of commands."""
    return convert(load("maintainer")["harmless"], tuple[Harmless, ...])


@cache
def _missing() -> Mapping[str, str]:
    rows = convert(load("maintainer")["missing"], tuple[Missing, ...])
    return {name: row.loses for row in rows for name in row.names}


@cache
def packages() -> Mapping[str, Settled]:
    """The table of packages, by name."""
    rows = convert(load("maintainer")["package"], tuple[Settled, ...])
    return {name: row for row in rows for name in row.names}


@cache
def is_harmless(name: str) -> bool:
    """Whether a command of that name leaves nothing that matters."""
    return any(fnmatchcase(name, pattern) for row in harmless() for pattern in row.names)


def unknown(calls: Iterable[Call], emulated: frozenset[str]) -> Iterator[Remark]:
    """A remark for every command that is neither emulated nor harmless."""
    for call in calls:
        name = call.name
        if not name:
            yield Remark(call.unit, f"its {call.script} runs a command whose name only a run knows: that is not done")
        elif name not in emulated and not is_harmless(name):
            loses = _missing().get(name)
            what = f": {loses}" if loses else ""
            yield Remark(call.unit, f"its {call.script} runs {name}, which shave does not emulate{what}")
