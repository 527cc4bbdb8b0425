"""All of /etc: what a server reads when it is told to reload, what a library reads the first time it is asked.

It is at most a megabyte in an ordinary image. What is larger, or waste, is no configuration; nor are the places where
others keep symlinks to what they may start, nor a symlink that leads out to what does not stay.
"""

from collections import defaultdict
from collections.abc import Iterator

from shave.closure import Root
from shave.globs import matcher
from shave.reason import Link, Reason
from shave.scene import Scene
from shave.tightening.parts import Parts

MOST_BYTES = 1 << 20
_STARTS = matcher(
    (
        "etc/{alternatives,systemd,rc[0-9S].d,init,xdg,X11}/**",
        "etc/{apt,dpkg,kernel,network,logrotate.d,cron.*}/**",
    )
)
_TRUST = matcher(("etc/ssl/**", "etc/pki/**", "etc/ca-certificates/**", "etc/localtime"))


class Configuration:
    """Keeps /etc."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.parts = scene.once(Parts)
        self.out = {path: target for path in _below_etc(scene) if (target := _leads_out(scene, path))}
        self.led: defaultdict[str, list[str]] = defaultdict(list)
        for path, target in self.out.items():
            self.led[target].append(path)

    def roots(self) -> Iterator[Root]:
        """Every path below /etc that is not larger than any configuration, but for symlinks that lead out of it."""
        reason = Reason("habit", "configuration, which programs read when asked to")
        for path in _below_etc(self.scene):
            entry = self.scene.tree.get(path)
            if entry and entry.size <= MOST_BYTES and path not in self.out and not self.parts.spares(path):
                yield path, reason

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """The symlinks of /etc that lead to ``path``."""
        for symlink in self.led.get(path, ()):
            yield Link(symlink, Reason("habit", "leads from the configuration to a kept file", path))


def _below_etc(scene: Scene) -> Iterator[str]:
    return (path for path in scene.tree.nodes if path.startswith("etc/") and not _STARTS(path))


def _leads_out(scene: Scene, path: str) -> str:
    """Where a symlink of /etc leads, if that is elsewhere, and authorities' certificates aside; else ""."""
    entry = scene.tree.get(path)
    if entry is None or entry.kind != "symlink" or _TRUST(path):
        return ""
    target = scene.tree.resolve(path).path
    return target if target and not target.startswith("etc/") else ""
