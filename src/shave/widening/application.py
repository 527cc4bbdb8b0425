"""The application's own files: what COPY and ADD brought, and what RUN made and no package owns.

Without them most web images fail: the next page's template, the style sheet, the error page, the empty directory for
what users send. They cost 2 MB at most.
Not caches; not the base layers; not what a language's package manager installed, which is kept by its units; not what
an apt, apk or dnf RUN left in the system's directories, which is generated. Where a record of the system's packages
could not be read, all that has no owner is kept as if it were the application's, the base's too.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from shave.closure import Root
from shave.reason import Link, Reason
from shave.scene import LANGUAGES, Scene
from shave.tightening.parts import Parts
from shave.tree import Node
from shave.waste.facts import Classifier, facts
from shave.widening.generated import nearest_owners
from shave.widening.prefixes import prefix

_CACHES = frozenset({"caches", "logs", "temporary", "cores", "vcs", "downloads"})
_INSTALLS = re.compile(r"\b(?:apt-get|apt|aptitude|dpkg|apk|yum|dnf|microdnf|tdnf|zypper|rpm|mmdebstrap|debootstrap)\b")
_SYSTEM = re.compile(r"(?:usr/(?!local/|src/)|var/(?!www/|opt/)|etc/|lib|bin|sbin|boot/).*")
_LOCAL = re.compile(r"usr/local/.*")


class Application:
    """Keeps every file of the application."""

    def __init__(self, scene: Scene) -> None:
        self.files = scene.once(application)

    def roots(self) -> Iterator[Root]:
        """Each of the application's files with the instruction that made it."""
        return ((path, Reason("application", words)) for path, words in self.files.items())

    def links(self, path: str, head: bytes) -> Iterable[Link]:
        """Nothing more."""
        return ()


def installs(text: str) -> bool:
    """Whether an instruction calls a system's package manager."""
    return text.startswith("RUN") and bool(_INSTALLS.search(text))


def application(scene: Scene) -> Mapping[str, str]:
    """The application's files, each with words for what made it."""
    made = _Made(scene)
    above = ((path, node) for path, node in scene.tree.nodes.items() if path and node.layer >= scene.base_layers)
    return {path: words for path, node in above if (words := made.by(path, node))}


class _Made:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.caches = Classifier(fact for fact in facts() if fact.kind in _CACHES)
        self.parts = scene.once(Parts)
        self.copied = [
            text.startswith(("COPY", "ADD")) and not (number == 0 and scene.begins_with_system)
            for number, text in enumerate(scene.instructions)
        ]
        self.installs = [installs(text) for text in scene.instructions]

    def by(self, path: str, node: Node) -> str:
        """Why a path is the application's; "" if it is not."""
        waste = self.caches(path, node.entry.size)
        if waste and (waste.kind != "logs" or node.entry.kind == "file"):
            return ""
        owner = self.scene.owners.get(path)
        if (owner and owner.manager in LANGUAGES) or path in self.scene.housing or self._starts_package(path, node):
            return ""
        if self.copied[node.layer]:
            return "copied into the image"
        if owner or prefix(path):
            return ""
        if node.entry.kind == "directory":
            return "an empty directory that a RUN of this image made" if self._is_empty(path) else ""
        if unread := self.scene.unread:
            return "" if self.parts.spares(path) else f"nobody's, for /{unread.path} could not be read"
        if self._is_generated(path, node):
            return ""
        return "" if _LOCAL.fullmatch(path) and self.parts.spares(path) else "made by a RUN of this image"

    def _is_empty(self, path: str) -> bool:
        """Whether a directory of nobody's is there for what will be written: nothing is in it, or nothing but waste."""
        nodes = self.scene.tree.nodes
        below = (nodes[child].entry for child in self.scene.tree.children.get(path, ()))
        return path not in self.scene.directories and all(self.caches(each.path, each.size) for each in below)

    def _starts_package(self, path: str, node: Node) -> bool:
        """Whether npm put a path where shells find the program of a package; it stays with that (``needs/node.py``)."""
        target = self.scene.tree.resolve(path).path if node.entry.kind == "symlink" else None
        package = self.scene.imports.get(target) if target else None
        return "/node_modules/.bin/" in path or (package is not None and package.manager == "node")

    def _is_generated(self, path: str, node: Node) -> bool:
        if self.installs[node.layer] and _SYSTEM.fullmatch(path):
            return True
        return bool(nearest_owners(self.scene, path)) and bool(_SYSTEM.fullmatch(path))
