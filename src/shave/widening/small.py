"""Directories that are named as a whole: kept if they hold little, and are not where everybody puts things."""

from collections.abc import Iterator

from shave.facts import load
from shave.package import Package
from shave.scene import Scene
from shave.tightening.parts import Parts
from shave.widening.generated import FEW

MAX_BYTES = 4_000_000
MAX_FILES = 500


def below(scene: Scene, directory: str, owner: Package | None = None) -> Iterator[str]:
    """The files of a directory if they are at most ``MAX_FILES`` of ``MAX_BYTES`` and it is somebody's own: listed by
    no more than a few packages. With ``owner`` only what is that package's, or nobody's.
    """
    if (
        directory.count("/") < 2
        or directory.startswith("etc/")
        or directory.rpartition("/")[2] in load("application")["everybodys"]
    ):
        return
    if len(scene.directories.get(directory, ())) > FEW:
        return
    found, todo, size, parts = [], [directory], 0, scene.once(Parts)
    while todo:
        for path in scene.tree.children.get(todo.pop(), ()):
            entry = scene.tree.nodes[path].entry
            if entry.kind == "directory":
                todo.append(path)
            elif not parts.spares(path) and (owner is None or scene.owners.get(path, owner) is owner):
                found.append(path)
                size += entry.size
        if size > MAX_BYTES or len(found) + len(todo) > MAX_FILES:
            return
    yield from found
