"""Packages that others depend on so that they can be installed, and that an image which never installs does without."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache

import msgspec
from msgspec import Struct

from shave import facts
from shave.debian.dependencies import Edge, Fields, edges, reached
from shave.lock import LeftOut

_SPEC = "the spec leaves it out"


class _Installer(Struct, frozen=True, forbid_unknown_fields=True):
    """``needs`` are names in dependencies of ``packages`` (globs; by default any) that only installation needs."""

    needs: tuple[str, ...]
    why: str
    source: str
    packages: tuple[str, ...] = ("*",)


class Left(Struct, frozen=True):
    """The names of the packages that come into the image, and what does not although it was chosen."""

    names: frozenset[str]
    left_out: tuple[LeftOut, ...]


def leave_out(packages: Mapping[str, Fields], asked: Collection[str], without: Collection[str]) -> Left:
    """What of ``packages`` the image needs: what ``asked`` lead to, but for dependencies of installation alone, and
    for those that the spec does without.
    """
    needs = edges(packages)
    whys = {edge: why for some in needs.values() for edge in some if (why := _why(edge, without))}
    links = {name: tuple(edge for edge in some if edge not in whys) for name, some in needs.items()}
    names = reached(asked, links)
    cut = (edge for name in sorted(names) for edge in needs[name] if edge in whys)
    return Left(names, tuple(sorted(_reasons(cut, whys, needs, names), key=lambda left: left.name)))


def installs_only(package: str, needed: str) -> bool:
    """Whether a package needs another for installation alone."""
    return bool(_why(Edge(package, needed, (needed,)), ()))


def _reasons(
    cut: Iterable[Edge], whys: Mapping[Edge, str], needs: Mapping[str, Iterable[Edge]], names: Collection[str]
) -> Iterator[LeftOut]:
    """A reason for each package that is out: the dependency by which it was first come to from those that are in."""
    edges = deque(cut)
    found: set[str] = set()
    while edges:
        edge = edges.popleft()
        if edge.needed not in names and edge.needed not in found:
            found.add(edge.needed)
            yield LeftOut(edge.needed, edge.package, whys.get(edge) or f"{edge.package} is left out")
            edges.extend(needs[edge.needed])


def _why(edge: Edge, without: Collection[str]) -> str:
    if edge.needed in without:
        return _SPEC
    return next((each.why for each in _installers() if _is_for(each, edge)), "")


def _is_for(installer: _Installer, edge: Edge) -> bool:
    return _any(installer.packages, (edge.package,)) and _any(installer.needs, edge.names)


def _any(globs: Iterable[str], names: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob) for name in names for glob in globs)


@cache
def _installers() -> tuple[_Installer, ...]:
    return msgspec.convert(facts.load("installers")["installer"], tuple[_Installer, ...])
