"""Caches of package managers: who writes them, where they are, what deletes them. The rows are facts/caches.toml."""

from functools import cache

from msgspec import Struct, convert

from shave.facts import load


class Cache(Struct, frozen=True):
    """A cache of a manager: which calls write it, where it is, what deletes it, what keeps it from being written.

    A call is meant by its verb, of one word or two, or by an option of the form ``short`` ("pacman -Sy"). ``moved``
    are the options, variables and calls ("npm set cache") that say where it is, with what stands behind their value,
    ``users`` the calls for which it has to stay. An ``insert`` is an option
    for behind the verb, an ``append`` a command for behind the call, or for the end of the RUN if other commands of it
    may read the cache. Only on images whose name a pattern ``bases`` finds it is written so. Bytes are an estimate.
    """

    rule: str
    tools: frozenset[str]
    directories: tuple[str, ...]
    cleaners: tuple[tuple[str, ...], ...]
    packed_bytes: int
    unpacked_bytes: int
    source: str
    what: str = ""
    verbs: frozenset[str] = frozenset()
    short: str = ""
    bases: str = ""
    options: tuple[str, ...] = ()
    variables: dict[str, frozenset[str]] = {}
    settings: tuple[str, ...] = ()
    moved: dict[str, str] = {}
    users: tuple[tuple[str, ...], ...] = ()
    insert: str = ""
    append: str = ""
    at_end: bool = False
    is_safe: bool = True


@cache
def caches(rule: str) -> tuple[Cache, ...]:
    """The rows of the table that a rule is about."""
    return tuple(row for row in table() if row.rule == rule)


@cache
def table() -> tuple[Cache, ...]:
    """All rows."""
    return convert(load("caches")["cache"], tuple[Cache, ...])
