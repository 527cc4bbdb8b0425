"""From roots over links to everything that must stay: pure, deterministic, with a reason for each path.

The links of a file are asked for once. What a path needs besides itself is found here: the symlinks on the way to it
and every directory above it.
"""

import heapq
from collections.abc import Callable, Iterable

from shave.reason import Link, Reason
from shave.tree import Tree, parents

Root = tuple[str, Reason]
Links = Callable[[str], Iterable[Link]]


class _Closure:
    def __init__(self, tree: Tree, dropped: Callable[[str], bool]) -> None:
        self.tree = tree
        self.dropped = dropped
        self.kept: dict[str, dict[Reason, None]] = {"": {Reason("always", "the root directory"): None}}
        self.todo: list[str] = []

    def reach(self, path: str, reason: Reason) -> None:
        """Keep what ``path`` leads to, with all symlinks passed on the way."""
        name = path.strip("/")
        resolved = self.tree.resolve(path)
        for link in resolved.links:
            self.keep(link, reason if link == name else Reason("symlink", "is on the way to a kept path", name))
        if resolved.path:
            led_by_link = resolved.links and resolved.links[0] == name
            self.keep(resolved.path, Reason("symlink", "a kept symlink leads here", name) if led_by_link else reason)

    def keep(self, path: str, reason: Reason) -> None:
        if self.dropped(path):
            return
        reasons = self.kept.get(path)
        if reasons is not None:
            reasons[reason] = None
            return
        self.kept[path] = {reason: None}
        heapq.heappush(self.todo, path)
        for above in parents(path):
            if above in self.kept:
                break
            self.kept[above] = {Reason("directory", "holds a kept path", path): None}


def closure(
    tree: Tree, roots: Iterable[Root], links: Links, dropped: Callable[[str], bool]
) -> dict[str, tuple[Reason, ...]]:
    """The kept paths with their reasons, sorted by path.

    ``roots`` are paths as a program names them (symlinks allowed; paths that are not in the tree are ignored);
    ``links`` gives what a regular file at a path needs; nothing for which ``dropped`` holds is ever kept, nor
    followed.
    """
    state = _Closure(tree, dropped)
    for path, reason in roots:
        state.reach(path, reason)
    while state.todo:
        for link in links(heapq.heappop(state.todo)):
            state.reach(link.target, link.reason)
    return {path: tuple(state.kept[path]) for path in sorted(state.kept) if path in tree or not path}
