"""What a start of Python surely imports, one module after another, up to the first that the interpreter would not find.

Sources: the Python language reference, 5 (the import system); the library reference, importlib.machinery (the order of
extensions, source, bytecode) and site; PEP 420, PEP 3149 (tags of extension modules).
"""

import re
import sys
from collections.abc import Iterator
from posixpath import basename

from msgspec import Struct

from shave.causes.python_imports import Import, certain
from shave.needs import Files
from shave.tree import parents

_MOST_FILES, _DEEPEST = 1500, 100
_MOST_BYTES = 1 << 20
_CHANGES = re.compile(
    rb"sys\.path\.(?:insert|append|extend)|sys\.path(?:\[[^\]]*\])?\s*\+?=|addsitedir|meta_path"
    rb"|sys\.modules\[[^\]]*\]\s*=|sys\.modules\.(?:setdefault|update)|__path__\s*\+?="
)
"""What changes where modules come from."""
_IN_C = re.compile(
    "array|atexit|audioop|binascii|builtins|cmath|crypt|errno|faulthandler|fcntl|gc|grp|itertools|marshal|math|mmap|nis"
    "|ossaudiodev|posix|pwd|pyexpat|readline|resource|select|spwd|symtable|sys|syslog|termios|time|unicodedata|zlib"
)
_FROZEN = frozenset(["abc", "codecs", "genericpath", "importlib", "io", "ntpath", "os", "posixpath", "runpy", "site"])
_FROZEN |= {"stat", "zipimport"}
"""What interpreters may have in themselves: any module in C (CPython, Modules/Setup), and those that are frozen."""


class Interpreter(Struct, frozen=True):
    """How modules are found: ``search`` are real directories in order; ``endings`` are those of extension modules."""

    search: tuple[str, ...]
    endings: tuple[str, ...]
    installed: frozenset[str] = frozenset()
    """Those of them whose files are no application's."""


class Missing(Struct, frozen=True):
    """No such module: ``name`` as it is imported by the file ``by``. ``other`` are extension modules of that name for
    other interpreters.
    """

    name: str
    by: str
    other: tuple[str, ...] = ()


class Extension(Struct, frozen=True):
    """An extension module at ``path`` is loaded, for the file ``by``."""

    path: str
    by: str


class _Found(Struct, frozen=True):
    """A module: its file, "" of a package that has none; the directories of its submodules, if it is a package."""

    path: str
    below: tuple[str, ...] = ()


class Walk:
    """Follows imports of one start. What is found is told in the order in which the interpreter comes to it."""

    def __init__(self, files: Files, interpreter: Interpreter) -> None:
        self.files, self.interpreter = files, interpreter
        self.listed: dict[str, dict[str, str]] = {}
        self.seen: set[str] = set()
        self.certain = True
        self.depth = 0

    def source(self, path: str, source: bytes, package: tuple[str, ...] = ()) -> Iterator[Missing | Extension]:
        """What a file imports whose text is ``source``; ``package`` are the directories of the package around it."""
        if len(self.seen) >= _MOST_FILES or self.depth >= _DEEPEST or not self.certain:
            return
        if _CHANGES.search(source):
            self.certain = not self.interpreter.installed.isdisjoint(parents(path))  # a library does it for itself
            return
        self.depth += 1
        for each in certain(source):
            if self.certain:
                yield from self._imported(each, path, package)
        self.depth -= 1

    def module(self, name: str, by: str) -> Iterator[Missing | Extension]:
        """What the import of a dotted name does."""
        yield from self._named(name.split("."), self.interpreter.search, by, name)

    def find(self, name: str) -> tuple[str, tuple[str, ...]] | None:
        """The file of a dotted name ("" if it has none), and the directories of a package; None if it is not there."""
        search, found = self.interpreter.search, None
        for part in name.split("."):
            found = self._in(search, part)
            if found is None:
                return None
            search = found.below
        return (found.path, found.below) if found else None

    def _imported(self, what: Import, by: str, package: tuple[str, ...]) -> Iterator[Missing | Extension]:
        search, shown = self.interpreter.search, what.module
        if what.level:
            search = package
            for _ in range(what.level - 1):
                search = tuple(each.rpartition("/")[0] for each in search)
            shown = f"{'.' * what.level}{what.module}"
            if not search:
                return
        parts = what.module.split(".") if what.module else []
        yield from self._named(parts, search, by, shown)
        below = self._leads(parts, search)
        for name in what.names if below else ():
            if found := self._in(below, name):  # else it is a name within the module
                yield from self._run(found, by)

    def _leads(self, parts: list[str], search: tuple[str, ...]) -> tuple[str, ...]:
        for part in parts:
            found = self._in(search, part)
            search = found.below if found else ()
        return search

    def _named(self, parts: list[str], search: tuple[str, ...], by: str, shown: str) -> Iterator[Missing | Extension]:
        for number, part in enumerate(parts):
            found = self._in(search, part)
            if found is None:
                if number == 0 and (shown.startswith(".") or not self._may_be_inside(part, by)):
                    yield Missing(shown if shown.startswith(".") else part, by, self._others(search, part))
                elif others := self._others(search, part):
                    yield Missing(shown, by, others)
                return
            yield from self._run(found, by)
            search = found.below

    def _may_be_inside(self, name: str, by: str) -> bool:
        """Whether the interpreter itself may have a module: of names with an underscore those that are its own, or that
        its own library asks for.
        """
        libraries = [path for path in self.interpreter.installed if not path.endswith("-packages")]
        own = name.startswith("_") and (name in sys.stdlib_module_names or not set(libraries).isdisjoint(parents(by)))
        return own or name in _FROZEN or _IN_C.fullmatch(name) is not None

    def _run(self, found: _Found, by: str) -> Iterator[Missing | Extension]:
        if not found.path or found.path in self.seen:
            return
        self.seen.add(found.path)
        if found.path.endswith(".so"):
            yield Extension(found.path, by)
        elif found.path.endswith(".py"):
            package = found.below or (found.path.rpartition("/")[0],)
            yield from self.source(found.path, self.files.read(found.path, 0, _MOST_BYTES), package)

    def _in(self, search: tuple[str, ...], name: str) -> _Found | None:
        """A module in the first directory that has it; directories without ``__init__`` are one package."""
        portions = []
        for directory in search:
            names = self._names(directory)
            below = f"{directory}/{name}".lstrip("/") if name in names else ""
            if below and (init := self._file(below, "__init__")):
                return _Found(init, (names[name],))
            if file := self._file(directory, name):
                return _Found(file)
            if below and names[name] in self.files.tree.children:
                portions.append(names[name])
        return _Found("", tuple(portions)) if portions else None

    def _file(self, directory: str, name: str) -> str:
        names = self._names(directory)
        wanted = (f"{name}{ending}" for ending in (*self.interpreter.endings, ".py", ".pyc"))
        return next((names[each] for each in wanted if each in names), "")

    def _others(self, search: tuple[str, ...], name: str) -> tuple[str, ...]:
        """Extension modules of that name that the interpreter does not take."""
        named = ((each, path) for directory in search for each, path in self._names(directory).items())
        return tuple(path for each, path in named if each.startswith(f"{name}.") and each.endswith(".so"))

    def _names(self, directory: str) -> dict[str, str]:
        """What is in a directory: real paths by name."""
        if directory not in self.listed:
            tree = self.files.tree
            real = directory if directory in tree.children else tree.resolve(f"/{directory}").path
            found = {basename(path): tree.resolve(f"/{path}").path for path in tree.children.get(real or "", ())}
            self.listed[directory] = {name: path for name, path in found.items() if path is not None}
        return self.listed[directory]
