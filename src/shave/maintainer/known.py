"""What is known of commands and packages by name: ``facts/maintainer.toml``."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache

from msgspec import Struct, convert

from shave.facts import load
from shave.maintainer.protocol import Call
from shave.stage import Remark


class Harmless(Struct, frozen=True, forbid_unknown_fields=True):
    """Commands that leave nothing that a container needs, and why; names may be globs. Not so with a word that begins
    as one of ``unless``; if there are ``only``, without a word that ends as one of these; where they must be ``known``,
    with a word that only a run knows; if there are ``scripts``, in another.
    """

    names: tuple[str, ...]
    why: str
    source: str
    unless: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    known: bool = False
    scripts: tuple[str, ...] = ()

    def covers(self, call: Call) -> bool:
        """Whether the row speaks of a call."""
        words = [word for word in call.words[1:] if word is not None]
        return (
            any(fnmatchcase(call.name, pattern) for pattern in self.names)
            and (not self.scripts or call.script in self.scripts)
            and not (self.known and None in call.words)
            and not any(word.startswith(self.unless) for word in words)
            and (not self.only or any(word.endswith(self.only) for word in words))
        )


class Missing(Struct, frozen=True, forbid_unknown_fields=True):
    """Commands that are not emulated, and what goes without them."""

    names: tuple[str, ...]
    loses: str
    source: str


class Settled(Struct, frozen=True, forbid_unknown_fields=True):
    """Packages whose scripts were read by people: what they do, and why nothing of that is missing. What of it is
    emulated is taken from the scripts if they are ``followed``; the rest is no remark.
    """

    names: tuple[str, ...]
    does: str
    why: str
    source: str
    followed: bool = False


@cache
def harmless() -> tuple[Harmless, ...]:
    """The table of commands."""
    return convert(load("maintainer")["harmless"], tuple[Harmless, ...])


@cache
def _missing() -> Mapping[str, str]:
    rows = convert(load("maintainer")["missing"], tuple[Missing, ...])
    return {name: row.loses for row in rows for name in row.names}


@cache
def answers() -> Mapping[str, str]:
    """Answers to questions of debconf whose templates have none: by what the package takes for them."""
    return convert(load("maintainer")["answers"], dict[str, str])


@cache
def packages() -> Mapping[str, Settled]:
    """The table of packages, by name."""
    rows = convert(load("maintainer")["package"], tuple[Settled, ...])
    return {name: row for row in rows for name in row.names}


def unknown(calls: Iterable[Call], emulated: frozenset[str]) -> Iterator[Remark]:
    """A remark for every command that is neither emulated nor harmless."""
    for call in calls:
        name = call.name
        if not name:
            yield Remark(call.unit, f"its {call.script} runs a command whose name only a run knows: that is not done")
        elif name not in emulated and not any(row.covers(call) for row in harmless()):
            loses = _missing().get(name)
            what = f": {loses}" if loses else ""
            yield Remark(call.unit, f"its {call.script} runs {name}, which shave does not emulate{what}")
