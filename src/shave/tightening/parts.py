"""Documentation, manuals, tests, headers, static libraries, foreign locales, caches: what waste facts know by path.

Whole packages are kept for what their programs may read; these parts no program reads when it serves its purpose. The
facts are those of ``shave inspect``.
"""

from shave.scene import Scene
from shave.waste.facts import Classifier, facts

KINDS = frozenset(
    {"docs", "man", "tests", "headers", "static", "locales", "caches", "logs", "temporary", "debug", "cores", "vcs"}
)


class Parts:
    """Leaves out what a waste fact of one of ``KINDS`` is about."""

    def __init__(self, scene: Scene) -> None:
        self.tree = scene.tree
        self.known = Classifier(fact for fact in facts() if fact.kind in KINDS)
        self.said: dict[str, str] = {}

    def spares(self, path: str) -> str:
        """The name of the fact."""
        words = self.said.get(path)
        if words is None:
            words = self.said[path] = self._name(path)
        return words

    def _name(self, path: str) -> str:
        entry = self.tree.get(path)
        fact = self.known(path, entry.size) if entry else None
        if entry is None or fact is None or _is_plugin_description(path):
            return ""
        # a directory of logs is there to be written to, and a symlink in it leads to where they shall go
        return "" if fact.kind == "logs" and entry.kind != "file" else fact.name


def _is_plugin_description(path: str) -> bool:
    """A libtool archive beside plugins is how ltdl finds them (libltdl's manual, "Libltdl interface")."""
    return path.endswith(".la") and path.rpartition("/")[0].count("/") > 2
