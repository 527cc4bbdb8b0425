"""The files of a module: of its packages, and itself, as the interpreter would find them.

Sources: the Python language reference, 5.3 (searching) and 5.2.2 (namespace packages); PEP 420; PEP 3147 (a ``.pyc``
beside no source is a module).
"""

from shave.needs.python_places import Place
from shave.tree import Tree


class Modules:
    """Looks modules up; what was found once is kept."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.found: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}
        self.listed: dict[str, dict[str, list[str]]] = {}

    def find(self, name: str, place: Place) -> tuple[str, ...]:
        """The files of a dotted name as far as it leads: those of the last package where the rest is no module."""
        top = name.partition(".")[0]
        if self._in(place.library, top):
            return self._in(place.library, name)
        return self._in(place.sites, name)

    def depth(self, name: str, directories: tuple[str, ...]) -> int:
        """How many parts of a dotted name are packages, modules or directories, in the directory where most are."""
        return max((len(self._walk(directory, name.split("."))[1]) for directory in directories), default=0)

    def tops(self, directories: tuple[str, ...]) -> frozenset[str]:
        """The names of what can be imported from directories of distributions."""
        return frozenset(name for directory in directories for name in self._stems(directory)) - {""}

    def _in(self, directories: tuple[str, ...], name: str) -> tuple[str, ...]:
        key = (name, directories)
        if key not in self.found:
            self.found[key] = self._search(directories, name.split("."))
        return self.found[key]

    def _search(self, directories: tuple[str, ...], parts: list[str]) -> tuple[str, ...]:
        """From the first directory that has it; a package without ``__init__`` is looked for in all."""
        files: list[str] = []
        for directory in directories:
            found, steps = self._walk(directory, parts)
            files += found
            if steps and steps[0]:
                break
        return tuple(files)

    def _walk(self, directory: str, parts: list[str]) -> tuple[list[str], list[bool]]:
        """The files on the way, and of each part that is there whether it has one."""
        files: list[str] = []
        steps: list[bool] = []
        here = directory
        for part in parts:
            below = f"{here}/{part}"
            package = self._stems(below).get("__init__", ())
            own = package or self._stems(here).get(part, ())
            if not own and self._real(below) is None:
                break
            files += own
            steps.append(bool(own))
            if own and not package:
                break
            here = below
        return files, steps

    def _stems(self, directory: str) -> dict[str, list[str]]:
        """The modules in a directory by the name that they are imported by; directories have no files of theirs."""
        if directory not in self.listed:
            stems: dict[str, list[str]] = {}
            real = self._real(directory)
            for path in self.tree.children[real] if real is not None else ():
                name = path.rpartition("/")[2]
                stem = name.partition(".")[0]
                if path.endswith((".py", ".pyc", ".so")):
                    stems.setdefault(stem, []).append(f"{directory}/{name}")
                elif name == stem:
                    stems.setdefault(stem, [])
            self.listed[directory] = stems
        return self.listed[directory]

    def _real(self, directory: str) -> str | None:
        if directory in self.tree.children:
            return directory
        real = self.tree.resolve(directory).path
        return real if real in self.tree.children else None
