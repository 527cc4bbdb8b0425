"""A layer whose entries stand below symlinks of the same layer, put where unpacking puts them.

No builder writes such layers; tools that join archives may. Every engine follows these symlinks within the layer, as if
it were the whole root (containerd: fs.RootPath; umoci: securejoin; Docker: the kernel in a chroot).
"""

from collections.abc import Iterable, Iterator
from typing import TypeVar, Union

from msgspec.structs import replace

from shave.columns import ENTRIES
from shave.errors import BadImageError
from shave.folded import fold
from shave.tree import Entry, LayerIndex

# As many as Linux follows in one path (path_resolution(7)).
MAX_HOPS = 40
# Directories and symlinks that are held at once; and the parts of paths that are looked at, some seconds of work.
MAX_HELD = 1 << 18
MAX_STEPS = 1 << 24

T = TypeVar("T")
Directory = dict[str, Union["Directory", str]]
"""What a directory holds by name: directories, and symlinks by their target. Files are not of interest here."""


def through(index: LayerIndex) -> LayerIndex:
    """The layer with real paths. Raises BadImageError where there are too many symlinks to follow."""
    return replace(index, entries=fold(ENTRIES, _Root().placed(index.entries)))


class _Root:
    """The layer as it is unpacked so far."""

    def __init__(self) -> None:
        self.top: Directory = {}
        self.held = self.steps = 0

    def placed(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            if entry.kind == "hardlink":
                entry = replace(entry, link=self.follow(entry.link)[1])
            directory, path = self.follow(entry.path)
            self.put(directory, path.rpartition("/")[2], entry)
            yield replace(entry, path=path)

    def put(self, directory: Directory, name: str, entry: Entry) -> None:
        """An entry takes the place of what was there; only a directory leaves a directory alone."""
        if entry.kind == "directory":
            if name:
                self.below(directory, name)
        elif entry.kind == "symlink":
            directory[name] = self.hold(entry.link)
        else:
            directory.pop(name, None)

    def hold(self, thing: T) -> T:
        self.held += 1
        if self.held > MAX_HELD:
            raise BadImageError(f"entries stand below its symlinks, of which and of directories it has over {MAX_HELD}")
        return thing

    def follow(self, path: str) -> tuple[Directory, str]:
        """The directory that holds what a path names, made if it is missing, and the real path."""
        parent, _, last = path.rpartition("/")
        way = [("", self.top)]
        todo = parent.split("/")[::-1]
        hops = 0
        while todo:
            part = todo.pop()
            found = way[-1][1].get(part)
            if part == "..":
                del way[max(1, len(way) - 1) :]
            elif isinstance(found, str):
                hops += 1
                todo += found.split("/")[::-1]
                del way[1 if found.startswith("/") else len(way) :]
            elif part not in ("", "."):
                way.append((part, self.below(way[-1][1], part)))
            self.steps += 1
            if hops > MAX_HOPS or self.steps > MAX_STEPS:
                raise BadImageError(f"too many symlinks lead to its entry {path!r}")
        return way[-1][1], "/".join((*(name for name, _ in way[1:]), last))

    def below(self, directory: Directory, name: str) -> Directory:
        """The directory of that name, made if it is missing."""
        found = directory.get(name)
        if isinstance(found, dict):
            return found
        made: Directory = self.hold({})
        directory[name] = made
        return made
