"""Caches of package managers: who writes them, where they are, what deletes them. The rows are facts/caches.toml."""

import re
from functools import cache, lru_cache

from msgspec import Struct, convert
from msgspec.structs import replace

from shave.facts import load
from shave.rules.rpm import Release, release


class Cache(Struct, frozen=True):
    """A cache of a manager: which calls write it, where it is, what deletes it, what keeps it from being written.

    A call is meant by its verb, of one word or two, by an option of the form ``short`` ("pacman -Sy"), or by its tool
    if that is ``bare``; verbs of ``fetching`` do nothing but write. ``moved`` are the options, variables and calls
    ("npm set cache") that say where it is, with what stands behind their value, ``users`` the calls for which it has to
    stay. An ``insert`` is an option for behind the verb, an ``append`` a command for behind the call, or for the end of
    the RUN if other commands of it may read the cache. Only on images whose name a pattern ``bases`` finds it is
    written so. Bytes are an estimate; if ``is_once``, they are those of all RUNs together.
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
    bare: frozenset[str] = frozenset()
    fetching: frozenset[str] = frozenset()
    is_once: bool = False
    options: tuple[str, ...] = ()
    variables: dict[str, frozenset[str]] = {}
    settings: tuple[str, ...] = ()
    moved: dict[str, str] = {}
    users: tuple[tuple[str, ...], ...] = ()
    insert: str = ""
    append: str = ""
    at_end: bool = False
    is_safe: bool = True


@lru_cache(maxsize=256)
def caches(rule: str, base: str = "") -> tuple[Cache, ...]:
    """The rows of the table that a rule is about on a public image, with where it has them; "" is any other."""
    short, found = base.removeprefix("docker.io/").removeprefix("library/"), release(base)
    return tuple(_of(row, found) for row in table() if row.rule == rule and re.match(row.bases, short))


def _of(row: Cache, found: Release | None) -> Cache:
    is_known = found and found.directory in row.directories and "microdnf" not in row.tools
    return replace(row, directories=(found.directory,)) if found and is_known else row


@cache
def table() -> tuple[Cache, ...]:
    """All rows."""
    return convert(load("caches")["cache"], tuple[Cache, ...])
