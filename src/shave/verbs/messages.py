"""From what a failing program says to the files of the image that it may be missing. Pure; the facts are data."""

import re
from collections.abc import Iterable, Iterator

from shave.globs import matcher
from shave.symptoms import Symptom, symptoms
from shave.tree import Tree

_TEXT_LIMIT = 1 << 16
_PATHS_LIMIT = 200
_GLOB_CHARACTERS = re.compile(r"[*?\[\]{}]")


def said(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The known messages in the last 64 KiB of each text, with the globs of what each says is missing."""
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        for symptom, pattern in symptoms():
            for match in pattern.finditer(text[-_TEXT_LIMIT:]) if symptom.globs else ():
                found.setdefault(match[0], tuple(_globs(symptom, match["name"])))
    return found


def named(globs: Iterable[str], tree: Tree) -> tuple[str, ...]:
    """The paths of the tree that the globs match, the smallest first; too many to be meant are cut."""
    matches = matcher(globs)
    paths = (path for path, node in tree.nodes.items() if node.entry.kind != "directory" and matches(path))
    return tuple(sorted(paths, key=lambda path: (tree.nodes[path].entry.size, path))[:_PATHS_LIMIT])


def _globs(symptom: Symptom, name: str) -> Iterator[str]:
    plain = _GLOB_CHARACTERS.sub("?", name).removeprefix("./")
    if plain.startswith("/"):
        yield plain
        return
    if symptom.separator:
        plain = plain.strip(symptom.separator).replace(symptom.separator, "/")
    yield from (glob.replace("{name}", plain) for glob in symptom.globs)
