"""What is known of commands and packages by name: ``facts/maintainer.toml``."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache

from msgspec import Struct, convert

from shave.facts import load
from shave.globs import matcher
from shave.maintainer.protocol import Call
from shave.stage import Remark
from shave.tree import Tree


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
    """Commands that are not emulated, and what goes without them: nothing where the image has no file that they read,
    if globs of those are known.
    """

    names: tuple[str, ...]
    loses: str
    source: str
    reads: tuple[str, ...] = ()


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
def _missing() -> Mapping[str, Missing]:
    rows = convert(load("maintainer")["missing"], tuple[Missing, ...])
    return {name: row for row in rows for name in row.names}


@cache
def answers() -> Mapping[str, str]:
    """Answers to questions of debconf whose templates have none: by what the package takes for them."""
    return convert(load("maintainer")["answers"], dict[str, str])


@cache
def packages() -> Mapping[str, Settled]:
    """The table of packages, by name."""
    rows = convert(load("maintainer")["package"], tuple[Settled, ...])
    return {name: row for row in rows for name in row.names}


def unknown(calls: Iterable[Call], emulated: frozenset[str], tree: Tree) -> Iterator[Remark]:
    """A remark for all commands of a script that are neither emulated nor harmless; those that leave something of
    their own have one of their own.
    """
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    for call in calls:
        if not call.name:
            text = f"its {call.script} runs a command whose name only a run knows: that is not done"
            yield Remark(call.unit, text)
        elif call.name not in emulated and not any(row.covers(call) for row in harmless()):
            row = _missing().get(call.name)
            if row is None or _reads(row, tree):
                found.setdefault((call.unit, call.script, row.loses if row else ""), {})[call.name] = None
    for (unit, script, loses), names in found.items():
        text = f"its {script} runs {', '.join(names)}, which shave does not emulate"
        yield Remark(unit, f"{text}: {loses}" if loses else text)


def _reads(row: Missing, tree: Tree) -> bool:
    """Whether the image has something for the commands to read."""
    return not row.reads or any(map(matcher(row.reads), tree.nodes))
