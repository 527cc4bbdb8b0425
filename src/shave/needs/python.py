"""What Python code imports: other distributions and modules of the standard library that no run loaded.

A package is kept whole by its unit, so only what leads out of it is followed: import statements wherever they stand
(an ``import`` under ``try`` counts where the module is installed), calls such as ``import_module("x")``, strings of an
application that name a module (Django's settings, logging's configuration), plugins by their entry points, ``.pth``
lines. The standard library leads to itself alone.
"""

import re
from collections.abc import Iterable, Iterator

from shave.needs.protocol import Files
from shave.needs.python_modules import Modules
from shave.needs.python_names import code, compiled, constants, imported, mains, tried, words
from shave.needs.python_places import Place, Places
from shave.needs.python_plugins import Plugins
from shave.reason import Link, Reason

MOST_BYTES = 4 << 20
"""Of one module; generated tables are larger, and import nothing."""
_TEXT_BYTES = 1 << 18
_SOURCES = (".py", ".pyw", ".ipynb")
_TEXTS = (".ini", ".cfg", ".conf", ".toml", ".yaml", ".yml", ".json", ".env", ".sh", "/Procfile")
_SCRIPT = re.compile(rb"#![^\n]*python|#!/bin/sh\n'''exec'")
_SHELL = re.compile(rb"#![^\n]*sh\b")
_MACHINERY = frozenset({"pip", "setuptools", "wheel", "ensurepip", "_distutils_hack", "pkg_resources", "distutils"})
"""What installs and builds: it takes more than an attempt to import it."""
_TOOLS = frozenset({"pytest", "_pytest", "hypothesis", "nose", "mypy", "sphinx", "tox"})
"""What a library mentions for those who develop with it; an application that runs it imports it, or requires it."""
_APART = frozenset({"distutils", "ensurepip", "idlelib", "lib2to3", "test", "tkinter", "turtledemo"})
"""What distributions pack apart from their standard library, whose other modules work without."""
_BUILDS = re.compile(
    r"(?:.*/)?(?:setup|conftest|pip|setuptools|wheel|pkg_resources|[^/]*dist_?utils\w*|setuptools_\w+|cpp_extension|_?build\w*|f2py|Build)(?:[./].*)?"
)
_TESTS = re.compile(r".*/(?:(?:tests?|idle_test|_?examples|_?benchmarks)/.*|conftest\.py|setup\.py)")
"""What whoever develops a library runs."""


class Python:
    """The imports of a Python file."""

    def __init__(self, files: Files, environment: dict[str, str]) -> None:
        self.files = files
        self.places = Places(files, environment)
        self.modules = Modules(files.tree)
        self.plugins = Plugins(files)
        self.installed = tuple(dict.fromkeys(site for place in self.places.usual for site in place.sites))
        self.tops = self.modules.tops(self.installed)
        self.done: set[tuple[str, str]] = set()

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """The files of each module that a file names, once for each package that names it."""
        home = self.places.home(path)
        if home and _TESTS.match(path):
            return
        own = self._package(path, home)
        for name, why in self._names(path, head, home):
            top = _top(name)
            if (own, name) in self.done or own == f"{home}/{top}" or not self._follows(path, home, top):
                continue
            self.done.add((own, name))
            for target in self._targets(name, self.places.of(path, head)):
                if not home or not _TESTS.match(target):
                    yield Link(target, Reason("need", why, path))

    def said(self, text: bytes) -> Iterator[Link]:
        """The files of each module that a command or a variable of the image names."""
        for name, why in self._in_text(text):
            for target in self._targets(name, self.places.usual):
                yield Link(target, Reason("need", f"the configuration {why}"))

    def _targets(self, name: str, places: Iterable[Place]) -> Iterator[str]:
        return (target for place in places for target in self.modules.find(name, place))

    def _package(self, path: str, home: str) -> str:
        """What a file is a part of, and what it may import without leaving it: itself, where that has no end."""
        package = f"{home}/{path[len(home) + 1 :].partition('/')[0].partition('.')[0]}"
        return package if home and f"{package}/__init__.py" in self.files.tree else path

    def _follows(self, path: str, home: str, top: str) -> bool:
        """Whether an import counts: not of what builds and checks, by what is no application and does not run it."""
        if not home:
            return True
        if home in self.places.libraries:
            return top not in _APART
        if top in _MACHINERY:
            return not _BUILDS.fullmatch(path[len(home) + 1 :])
        return top not in _TOOLS

    def _names(self, path: str, head: bytes, home: str) -> Iterable[tuple[str, str]]:
        if path.endswith(_SOURCES) or _SCRIPT.match(head):
            return self._in_source(path, self.files.read(path, 0, MOST_BYTES), home)
        if path.endswith(".pyc"):
            return self._in_bytecode(path)
        if path.endswith(".pth"):
            return ((name, "imports it at start") for name in self._at_start(path))
        if not home and self.tops and (path.endswith(_TEXTS) or _SHELL.match(head)):
            return self._in_text(self.files.read(path, 0, _TEXT_BYTES))
        return ()

    def _in_source(self, path: str, source: bytes, home: str) -> Iterator[tuple[str, str]]:
        for name in self._imports(path, source, home):
            yield name, f"imports {name}"
        for name, group in self.plugins.offered(source).items():
            yield name, f"looks for plugins in the group {group}"
        if not home:
            settings = b"INSTALLED_APPS" in source
            for name in dict.fromkeys(constants(source)):
                if self._is_module(name, 1 if settings else 2):
                    yield name, f"names {name}"

    def _imports(self, path: str, source: bytes, home: str) -> list[str]:
        """What is imported and has not been followed yet. Of a distribution neither what examples in its documentation
        import, nor what installs and builds where that is only tried.
        """
        own = self._package(path, home)
        names = [name for name in dict.fromkeys(imported(source)) if (own, name) not in self.done]
        sites = tuple(site for place in self.places.of(path, b"") for site in place.sites) if home else ()
        if not any(self.modules.depth(_top(name), sites) for name in names if own != f"{home}/{_top(name)}"):
            return names
        stated = code(source)
        attempts = _MACHINERY.intersection(map(_top, tried(stated)))
        return [name for name in dict.fromkeys(imported(stated)) if _top(name) not in attempts]

    def _in_bytecode(self, path: str) -> Iterator[tuple[str, str]]:
        """Bytecode beside its source is that source; out of ``__pycache__`` it may be all there is of a module."""
        if "__pycache__/" in path or path[:-1] in self.files.tree:
            return
        for name in dict.fromkeys(compiled(self.files.read(path, 0, MOST_BYTES))):
            yield name, f"names {name}"

    def _at_start(self, path: str) -> Iterator[str]:
        for line in self.files.read(path, 0, _TEXT_BYTES).splitlines():
            if line.startswith(b"import"):
                yield from (name for name in imported(line) if name not in _MACHINERY)

    def _in_text(self, text: bytes) -> Iterator[tuple[str, str]]:
        for name in dict.fromkeys(mains(text)):
            yield name, f"runs {name}"
        for name in dict.fromkeys(words(text)):
            if self._is_module(name, 2):
                yield name, f"names {name}"

    def _is_module(self, name: str, depth: int) -> bool:
        """Whether at least so many parts of a dotted name are something installed."""
        if _top(name) not in self.tops:
            return False
        return self.modules.depth(name, self.installed) >= depth


def _top(name: str) -> str:
    return name.partition(".")[0]
