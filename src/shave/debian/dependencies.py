"""What packages need of each other, by their control fields. Source: Debian policy 7.1, 7.2, 7.5."""

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

Fields = Mapping[str, str]
_NAME = re.compile(r"\s*([a-z0-9][a-z0-9+.\-]*)", re.ASCII)
_NEEDS = ("pre-depends", "depends")


class Edge(Struct, frozen=True):
    """A package, another that it needs, and the alternatives that it names, of which that one is or provides one."""

    package: str
    needed: str
    names: tuple[str, ...]


def alternatives(value: str) -> Iterator[tuple[str, ...]]:
    """The names of each clause of a field such as Depends, without versions and architectures.

    >>> list(alternatives("debconf (>= 0.5) | debconf-2.0, libc6:any"))
    [('debconf', 'debconf-2.0'), ('libc6',)]
    """
    for clause in value.split(","):
        names = tuple(found[1] for choice in clause.split("|") if (found := _NAME.match(choice)))
        if names:
            yield names


def edges(packages: Mapping[str, Fields]) -> dict[str, tuple[Edge, ...]]:
    """What each of the packages, which are all that was chosen, needs of the others.

    Which alternative has the right version is not asked: all that are there count, which errs on the side of keeping.
    """
    known: dict[str, list[str]] = {name: [name] for name in packages}
    for name, fields in packages.items():
        for provided in alternatives(fields.get("provides", "")):
            known.setdefault(provided[0], []).append(name)
    return {name: tuple(dict.fromkeys(_of(name, fields, known))) for name, fields in packages.items()}


def _of(package: str, fields: Fields, known: Mapping[str, Iterable[str]]) -> Iterator[Edge]:
    for field in _NEEDS:
        for names in alternatives(fields.get(field, "")):
            for name in names:
                yield from (Edge(package, needed, names) for needed in known.get(name, ()) if needed != package)


def reached(starts: Iterable[str], links: Mapping[str, Iterable[Edge]]) -> frozenset[str]:
    """The packages that ``starts`` lead to, themselves among them."""
    found: set[str] = set()
    left = list(starts)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left.extend(edge.needed for edge in links.get(name, ()))
    return frozenset(found)
