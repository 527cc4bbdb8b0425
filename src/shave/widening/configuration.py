"""All of /etc: what a server reads when it is told to reload, what a library reads the first time it is asked.

It is at most a megabyte in an ordinary image. What is larger, or waste, is no configuration; nor are the places where
others keep symlinks to what they may start: an alternative stays where something leads through it.
"""

from collections.abc import Iterable, Iterator

from shave.closure import Root
from shave.globs import matcher
from shave.reason import Link, Reason
from shave.scene import Scene
from shave.tightening.parts import Parts

MOST_BYTES = 1 << 20
_STARTS = matcher(("etc/alternatives/**", "etc/systemd/**", "etc/rc[0-9S].d/**", "etc/{init,xdg,X11}/**"))


class Configuration:
    """Keeps /etc."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.parts = Parts(scene)

    def roots(self) -> Iterator[Root]:
        """Every path below /etc that is not larger than any configuration."""
        reason = Reason("habit", "configuration, which programs read when asked to")
        for path in self.scene.tree.nodes:
            if path.startswith("etc/") and not _STARTS(path) and not self.parts.spares(path):
                entry = self.scene.tree.get(path)
                if entry and entry.size <= MOST_BYTES:
                    yield path, reason

    def links(self, path: str, head: bytes) -> Iterable[Link]:
        """Nothing more."""
        return ()
