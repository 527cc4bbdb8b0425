"""Proven waste: what no program of the image reads. A fact is one table in ``facts/waste.toml``."""

from functools import cache

from msgspec import Struct, convert, field

from shave.facts import load
from shave.globs import matcher
from shave.tree import Tree


class WasteFact(Struct, frozen=True):
    """Globs over paths that are waste, those of them that are not, why, and where that is written down."""

    name: str
    globs: tuple[str, ...]
    why: str
    source: str
    keep: tuple[str, ...] = field(default=(), name="except")


@cache
def facts() -> tuple[WasteFact, ...]:
    """All facts, in the file's order."""
    return convert(load("waste")["waste"], tuple[WasteFact, ...])


def waste(tree: Tree) -> dict[str, str]:
    """Each wasteful path of the tree with the name of the first fact that says so. Directories are never waste."""
    rules = [(fact.name, matcher(fact.globs), matcher(fact.keep)) for fact in facts()]
    anything = matcher([glob for fact in facts() for glob in fact.globs])
    found: dict[str, str] = {}
    for path, node in tree.nodes.items():
        if node.entry.kind == "directory" or not anything(path):
            continue
        for name, wasteful, kept in rules:
            if wasteful(path) and not kept(path):
                found[path] = name
                break
    return found
