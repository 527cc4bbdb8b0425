"""Which package a path belongs to that several ship, as dpkg decides it.

Directories are shared. Anything else is one package's, unless that replaces the other's files (deb-control(5),
Replaces), diverts them (dpkg-divert(1)), or both are one package of two architectures with the same file (Multi-Arch:
same). Here it is asked of the path in the image: what dpkg, which knows nothing of merged /usr, would let a package
silently overwrite (Debian's DEP 17, P1) is a conflict.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from shave.debian.deb import OTHER
from shave.debian.merged_usr import merged
from shave.debian.version import satisfies
from shave.errors import BadImageError, CannotError
from shave.maintainer.answers import ImageAnswers
from shave.maintainer.script import followed
from shave.maintainer.state import UnreadableError
from shave.origins.debian_files import roots
from shave.stage import Stage
from shave.tree import Entry, parents

_RELATION = re.compile(r"([^\s(:]+)(?::\S+)?\s*(?:\(\s*([<>=]+)\s*([^\s)]+)\s*\))?")

_IS_PATH = re.compile(r"(/(?!\.\.?(/|$)|\.wh\.)[^/\0]+)+")


class Shipped(Struct, frozen=True, dict=True):
    """What a package ships: its control fields, its preinst, its entries, and where those in the image go."""

    fields: Mapping[str, str]
    preinst: bytes
    entries: Sequence[Entry]
    where: Mapping[str, str]

    @property
    def name(self) -> str:
        """The name alone, without architecture."""
        return self.fields["package"]

    @cached_property
    def directories(self) -> frozenset[str]:
        """The directories among ``where``, by path in the package."""
        return frozenset(entry.path for entry in self.entries if entry.kind == "directory") & self.where.keys()

    @cached_property
    def diversions(self) -> dict[str, str]:
        """Where in the image a file goes that another package ships at a path which this one diverts. As for dpkg, the
        paths are those of packages: ``bin/x`` is not ``usr/bin/x``.
        """
        environment = {"DPKG_ROOT": "", "DPKG_MAINTSCRIPT_PACKAGE": self.name}
        answers = ImageAnswers(Stage(), "", frozenset({"dpkg-divert"}))
        try:
            commands = followed(self.preinst, ("install",), environment, answers)
        except UnreadableError:
            return {}
        calls = (words[1:] for words in commands if words[:1] == ("dpkg-divert",))
        return dict(found for words in calls if (found := _diversion(words)))

    def file(self, path: str) -> Entry:
        """The entry at a path in the package, of a hard link the file that it leads to."""
        return roots(self.entries).get(path) or next(entry for entry in self.entries if entry.path == path)


def settled(packages: Sequence[Shipped]) -> tuple[dict[str, str], ...]:
    """``where`` of each package, without files that another's replace, and with those elsewhere that are diverted.

    Raises CannotError naming both packages and the path of a conflict.
    """
    claims = _Claims(packages)
    for number in range(len(packages)):
        claims.claim(number)
    return tuple(claims.where)


class _Claims:
    """Who has what: of each path that is no directory the package's number and its path there; of each directory the
    first package that has it.
    """

    def __init__(self, packages: Sequence[Shipped]) -> None:
        self.packages = packages
        self.where = [dict(package.where) for package in packages]
        self.files: dict[str, tuple[int, str]] = {}
        self.directories: dict[str, int] = {"": 0}

    def claim(self, number: int) -> None:
        """All that a package has in the image."""
        package = self.packages[number]
        for source, place in package.where.items():
            if source in package.directories:
                self.enter(number, place)
            else:
                self.put(number, source, place)

    def enter(self, number: int, place: str) -> None:
        """A directory, and those above it."""
        for path in (place, *parents(place)):
            if path in self.directories:
                return
            if path in self.files:
                raise self.conflict(self.files[path][0], number, path, "is a directory of")
            self.directories[path] = number

    def put(self, number: int, source: str, place: str) -> None:
        """Anything else."""
        self.enter(number, place.rpartition("/")[0])
        if place in self.directories:
            raise self.conflict(number, self.directories[place], place, "is a directory of")
        if place in self.files:
            self.dispute(number, source, place)
        else:
            self.files[place] = number, source

    def dispute(self, number: int, source: str, place: str) -> None:
        """What another package has already."""
        other, theirs = self.files[place]
        mine, its = self.packages[number], self.packages[other]
        if number == other:
            raise self.conflict(number, other, place, "is also in")
        if _replaces(its, mine):
            del self.where[number][source]
        elif _replaces(mine, its):
            del self.where[other][theirs]
            self.files[place] = number, source
        elif source in its.diversions:
            self.move(number, source, its.diversions[source])
        elif theirs in mine.diversions:
            self.files[place] = number, source
            self.move(other, theirs, mine.diversions[theirs])
        elif not _is_same(mine, source, its, theirs):
            raise self.conflict(number, other, place, "is also in")

    def move(self, number: int, source: str, place: str) -> None:
        """Put a file where a diversion has it. The place must be free: two diversions could send it to and fro."""
        if place in self.files:
            raise self.conflict(number, self.files[place][0], place, "is also in")
        self.where[number][source] = place
        self.put(number, source, place)

    def conflict(self, one: int, other: int, path: str, how: str) -> CannotError | BadImageError:
        """What is told of two that cannot both be there; of one package it is the package that is wrong."""
        first, second = self.packages[one].name, self.packages[other].name
        if one == other:
            return BadImageError(f"the package {first} has /{path} twice, of two kinds or below / and /usr", OTHER)
        hint = f"leave one of them out: without = [{second!r}]"
        return CannotError(f"/{path} of the package {first} {how} the package {second}", hint)


def _diversion(words: Iterable[str | None]) -> tuple[str, str] | None:
    """Path and target of ``dpkg-divert [--add] [--divert TO] PATH``; None for what removes, lists or is not known."""
    path, to, rest = "", "", iter(words)
    for word in rest:
        if word is None or word in ("--remove", "--list", "--truename", "--listpackage", "--local", "--help"):
            return None
        if word in ("--divert", "--package", "--admindir", "--instdir", "--root"):
            value = next(rest, None)
            if value is None:
                return None
            to = value if word == "--divert" else to
        elif word.startswith("--divert="):
            to = word.partition("=")[2]
        elif not word.startswith("-"):
            path = word
    to = to or f"{path}.distrib"
    return (path[1:], merged(to[1:])) if path.startswith("/") and _IS_PATH.fullmatch(to) else None


def _replaces(one: Shipped, other: Shipped) -> bool:
    """Whether files of one take the place of the other's: by its name, as dpkg reads it, not by what it provides."""
    found = (_RELATION.fullmatch(clause.strip()) for clause in one.fields.get("replaces", "").split(","))
    return any(
        each[1] == other.name and satisfies(other.fields["version"], each[2] or "", each[3] or "")
        for each in found
        if each
    )


def _is_same(one: Shipped, mine: str, other: Shipped, theirs: str) -> bool:
    """Whether a file is one package's, of two architectures."""
    same = ("package", "version", "multi-arch")
    if one.fields.get("multi-arch") != "same" or any(one.fields.get(key) != other.fields.get(key) for key in same):
        return False
    first, second = one.file(mine), other.file(theirs)
    return (first.kind, first.link, first.size, first.digest) == (second.kind, second.link, second.size, second.digest)
