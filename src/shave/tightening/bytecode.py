"""Compiled Python that no run loaded, beside its source.

The interpreter compiles a module that it finds without bytecode (PEP 3147); what the start loads keeps its own. A
``.pyc`` without source is the module itself, and stays. A JVM brings a second archive of its compiled classes, for
heaps of over 32 GB, and starts without it too (JEP 310; JDK-8261966).
"""

from shave.bytecode import source_of
from shave.scene import Scene

BYTECODE = "bytecode that no run loaded, beside its source"


class Bytecode:
    """Leaves out bytecode whose source is there."""

    def __init__(self, scene: Scene) -> None:
        self.tree = scene.tree

    def spares(self, path: str) -> str:
        """A word for bytecode that can be made again."""
        if path.endswith("/classes_nocoops.jsa"):
            return "an archive of classes that the JVM does without"
        if not path.endswith(".pyc"):
            return ""
        source = source_of(path) or path[:-1]
        return BYTECODE if source in self.tree else ""
