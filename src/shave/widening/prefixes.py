"""Trees that were unpacked beside the system, such as /opt/NAME and /usr/local/go: used, they stay as a whole.

No package manager knows them. One that is used may load any of its files; one of which nothing is used is a tool of the
build.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from shave.closure import Root
from shave.reason import Link, Reason
from shave.scene import Scene
from shave.tightening import spared

_OWN = frozenset({"bin", "sbin", "lib", "lib64", "libexec", "share", "etc", "include", "games", "man", "src", "var"})


class Prefixes:
    """Keeps the rest of a tree whose file stays."""

    def __init__(self, scene: Scene) -> None:
        self.spared = scene.once(spared)
        self.left: defaultdict[str, list[str]] = defaultdict(list)
        for path in scene.tree.nodes:
            if path not in scene.owners and path not in scene.housing and (found := prefix(path)):
                self.left[found].append(path)

    def roots(self) -> Iterable[Root]:
        """Nothing by itself."""
        return ()

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """The rest of the tree that ``path`` is in, once."""
        found = prefix(path)
        if found in self.left:
            reason = Reason("unit", f"is of /{found}", path)
            yield from (Link(each, reason) for each in self.left.pop(found) if not self.spared(each))


def prefix(path: str) -> str:
    """The directory of /opt or /usr/local that was unpacked whole and that a path is in; "" for others.

    Source: Filesystem Hierarchy Standard 3.0, 3.13 and 4.9.
    """
    parts = path.split("/")
    if parts[0] == "opt" and len(parts) > 2:
        return f"opt/{parts[1]}"
    if parts[:2] == ["usr", "local"] and len(parts) > 3 and parts[2] not in _OWN:
        return f"usr/local/{parts[2]}"
    return ""
