"""Which npm packages go with one that cannot be installed.

Source: npm's documentation, package.json (optionalDependencies) and package-lock.json (packages); of npm
``@npmcli/arborist``, ``optional-set.js`` and ``gather-dep-set.js``.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

Names = Mapping[str, bool]
"""What a package depends on, by name: whether only optionally."""


class Edge(Struct, frozen=True):
    """A package at a path of node_modules depends on another ("" is the application)."""

    of: str
    to: str
    optional: bool


def edges(wanted: Mapping[str, Names]) -> tuple[Edge, ...]:
    """The edges among packages by their paths, each leading where Node would find the name."""
    found: list[Edge] = []
    for path, names in wanted.items():
        for name, optional in names.items():
            if (to := _resolved(path, name, wanted)) is not None:
                found.append(Edge(path, to, optional))
    return tuple(found)


def left_out(unfit: Iterable[str], graph: Iterable[Edge]) -> set[str]:
    """What is not installed if the packages ``unfit`` cannot be: they, what depends on them up to an optional
    dependency, and what nobody else depends on.
    """
    into, out = defaultdict[str, list[Edge]](list), defaultdict[str, list[Edge]](list)
    for edge in graph:
        into[edge.to].append(edge)
        out[edge.of].append(edge)
    gone: set[str] = set()
    for path in unfit:
        if path not in gone:
            gone |= _set_of(path, into, out, gone)
    return gone


def _set_of(path: str, into: Mapping[str, list[Edge]], out: Mapping[str, list[Edge]], gone: set[str]) -> set[str]:
    core = _grown({path}, lambda each: [edge.of for edge in into.get(each, ()) if not edge.optional and edge.of])
    found = _grown(core, lambda each: [edge.to for edge in out.get(each, ())])
    while others := {each for each in found - core if any(e.of not in found | gone for e in into.get(each, ()))}:
        found -= others
    return found


def _grown(start: set[str], following: Callable[[str], list[str]]) -> set[str]:
    found, todo = set(start), list(start)
    while todo:
        fresh = set(following(todo.pop())) - found
        found |= fresh
        todo.extend(fresh)
    return found


def _resolved(path: str, name: str, there: Mapping[str, Names]) -> str | None:
    """The nearest package of that name, in node_modules of the directories from ``path`` up."""
    while True:
        candidate = f"{path}/node_modules/{name}".lstrip("/")
        if candidate in there:
            return candidate
        if not path:
            return None
        path = path.rpartition("node_modules/")[0].rstrip("/")
