"""Plugins that no run loaded and that alone need a library of over 50 MB (PostgreSQL's llvmjit.so and libLLVM).

Where they are missing, their program does without: that is what makes them plugins. At 10 MB this broke a network
helper, so it is for shared objects only, and only for what is that heavy.
"""

from shave.elf import MAGIC
from shave.needs.elf import Elf
from shave.scene import Scene

HEAVY_BYTES = 50_000_000


class HeavyPlugins:
    """Leaves out shared objects whose own closure brings a heavy library that the evidence does not."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.elf = Elf(scene.files, scene.environment)
        self.heavy: dict[str, bool] = {}

    def spares(self, path: str) -> str:
        """Words for a plugin that would bring a heavy library."""
        entry = self.scene.tree.get(path)
        if entry is None or entry.kind != "file" or ".so" not in path or entry.size >= HEAVY_BYTES:
            return ""
        return "a plugin that no run loaded, for a library of over 50 MB" if self._brings(path) else ""

    def _brings(self, path: str) -> bool:
        """Whether the libraries that a shared object needs, and theirs, include a heavy one that is not used."""
        if path not in self.heavy:
            self.heavy[path] = False  # libraries may need each other
            self.heavy[path] = any(self._is_heavy(target) for target in self._needed(path))
        return self.heavy[path]

    def _is_heavy(self, target: str) -> bool:
        real = self.scene.tree.resolve(target).path
        entry = self.scene.tree.get(real) if real else None
        if real is None or entry is None or real in self.scene.narrow:
            return False
        return entry.size >= HEAVY_BYTES or self._brings(real)

    def _needed(self, path: str) -> list[str]:
        head = self.scene.files.read(path, 0, 4)
        return [link.target for link in self.elf.links(path, head)] if head == MAGIC else []
