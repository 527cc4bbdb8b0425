"""Names by which what stays is called too: symlinks of nobody's, as update-alternatives(1) and installers make them.

/usr/bin/php leads through /etc/alternatives to php8.2; who calls it by the short name finds nothing without the link.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from shave.closure import Root
from shave.globs import matcher
from shave.reason import Link, Reason
from shave.scene import Scene

_PLACES = matcher(("{usr/,usr/local/,}{bin,sbin,games,lib,lib64,libexec}/**", "opt/*/bin/*"))


class Alternatives:
    """Keeps unowned symlinks of the system's directories that lead to a kept file."""

    def __init__(self, scene: Scene) -> None:
        self.led: defaultdict[str, list[str]] = defaultdict(list)
        for path, node in scene.tree.nodes.items():
            if node.entry.kind == "symlink" and path not in scene.owners and _PLACES(path):
                target = scene.tree.resolve(path).path
                if target and target not in scene.tree.children:
                    self.led[target].append(path)

    def roots(self) -> Iterable[Root]:
        """Nothing by itself."""
        return ()

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """The symlinks that lead to ``path``."""
        for symlink in self.led.get(path, ()):
            yield Link(symlink, Reason("unit", "is another name of a kept file", path))
