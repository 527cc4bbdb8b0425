"""The Python distributions that an application declares, and the modules that its command names.

Frameworks load them when they are first asked for. Read are requirements files that are not of development, the
``[project]`` and Poetry tables of pyproject.toml, the ``[packages]`` of a Pipfile. What an application of another
language declares is a need of its manifest.

Sources: pip's documentation, "Requirements File Format"; the Python Packaging User Guide, pyproject.toml specification;
Poetry's and Pipenv's documentation.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from shave.catalog.markers import required
from shave.closure import Root
from shave.needs.python import Python
from shave.package import Package
from shave.reason import Link, Reason
from shave.scene import Scene
from shave.tightening import spared
from shave.widening.units import whole

MOST_BYTES = 1 << 20
_MANIFESTS = (".txt", ".in", "pyproject.toml", "Pipfile")
_REQUIREMENTS = re.compile(r"(?:.*/)?requirements(/[\w.-]+|[\w.-]*)\.(?:txt|in)")
_DEVELOPMENT = re.compile(r"dev|test|lint|doc|typing|build", re.IGNORECASE)
_AFTER = re.compile(r"\s#.*|\s--.*|\\$")
_INSTALLED = re.compile(r"(?:.*/)?(?:site-packages|dist-packages|node_modules|lib/python\d[\d.]*)/.*")
_METADATA = re.compile(r"\.(?:dist|egg)-info(?:/|$)")
_SEPARATORS = re.compile(r"[-_.]+")


class Declared:
    """Keeps what applications in Python declare."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.spared = scene.once(spared)
        self.python = Python(scene.files, scene.environment)
        self.by_name: defaultdict[str, list[Package]] = defaultdict(list)
        for package in scene.catalog.packages:
            if package.manager == "python" and self._is_usual(package):
                self.by_name[_normalised(package.name)].append(package)

    def roots(self) -> Iterator[Root]:
        """The modules that the image's command and variables name."""
        said = " ".join((*self.scene.words, *self.scene.environment.values()))
        for link in self.python.said(said.encode("utf-8", "surrogateescape")):
            yield link.target, link.reason

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """The distributions that a manifest of an application declares."""
        if not self.by_name or not path.endswith(_MANIFESTS):
            return
        if path in self.scene.owners or _INSTALLED.fullmatch(path):
            return
        if path.endswith((".toml", "Pipfile")):
            yield from self._distributions(path, _in_toml(self._text(path)))
        elif (found := _REQUIREMENTS.fullmatch(path)) and not _DEVELOPMENT.search(found[1]):
            lines = (_AFTER.sub("", line) for line in self._text(path).splitlines())
            yield from self._distributions(path, lines)

    def _is_usual(self, package: Package) -> bool:
        """Whether an application finds a distribution: it does not those of the system beside its own interpreter."""
        metadata = next((path for path in package.paths if _METADATA.search(path)), "")
        return any(metadata.startswith(f"{site}/") for site in self.python.installed)

    def _distributions(self, path: str, requirements: Iterable[str]) -> Iterator[Link]:
        for requirement in requirements:
            name = _normalised(required(requirement, ""))
            for package in self.by_name.get(name, ()) if name else ():
                yield from whole(self.scene, package, self.spared, Reason("need", f"declares {package.name}", path))

    def _text(self, path: str) -> str:
        return self.scene.files.read(path, 0, MOST_BYTES).decode("utf-8", "replace")


def _in_toml(text: str) -> Iterator[str]:
    """What is required at run time."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    project = _table(document, "project").get("dependencies")
    if isinstance(project, list):
        yield from (each for each in project if isinstance(each, str))
    yield from _table(document, "tool", "poetry", "dependencies")
    yield from _table(document, "packages")


def _table(document: Any, *names: str) -> dict[str, Any]:
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def _normalised(name: str) -> str:
    return _SEPARATORS.sub("-", name).lower()
