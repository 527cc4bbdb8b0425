"""The files of this machine that a Python process with shave in it is made of.

They keep their places, so that what is found by RUNPATH, ``$ORIGIN`` or Python's prefix is found in the helper too.
"""

import os
import stat
import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from shave.closure import closure
from shave.elf import MAGIC
from shave.needs.elf import Elf
from shave.reason import Link, Reason
from shave.tree import Entry, Node, Tree

PACKAGES = (
    "shave",
    "msgspec",
    "packaging",
    "xxhash",
    "isal",
    "zlib_ng",
    "backports",
    "tree_sitter",
    "tree_sitter_bash",
)
"""What the helper imports besides the standard library."""

PYTHON = os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)
_UNUSED = {"__pycache__", "test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "pydoc_data"}
_ELSEWHERE = {"site-packages", "dist-packages"}
_UNUSED_PREFIXES = ("config-", "_tkinter", "_test", "_ctypes_test", "_dbm", "_gdbm", "_curses", "readline")
_LOADER_CACHE = "/etc/ld.so.cache"


def packages() -> Iterator[Path]:
    """The directory or file of each package of ``PACKAGES``; a package of the standard library has none of its own."""
    for name in PACKAGES:
        spec = find_spec(name)
        if spec is not None:
            yield from map(Path, spec.submodule_search_locations or [spec.origin or ""])


def files() -> tuple[Entry, ...]:
    """All that the helper needs, parents first. Owners and times are left out: equal files make an equal image."""
    tree = _HostTree()
    needs = Elf(_Host(tree), {})

    def links(path: str) -> tuple[Link, ...]:
        head = tree.head(path)
        return tuple(needs.links(path, head)) if head.startswith(MAGIC) else ()

    because = Reason("always", "a part of Python or of shave")
    roots = [(str(path), because) for path in _roots()]
    kept = closure(tree, roots, links, lambda path: False)
    return tuple(tree.nodes[path].entry for path in kept if path)


def _roots() -> Iterator[Path]:
    yield Path(PYTHON)
    yield Path(_LOADER_CACHE)
    for name in ("stdlib", "platstdlib"):
        yield from _below(Path(sysconfig.get_path(name, vars=_BASE)), _UNUSED | _ELSEWHERE)
    for package in packages():
        yield from _below(package, _UNUSED) if package.is_dir() else (package,)


_BASE = {"installed_base": sys.base_prefix, "base": sys.base_prefix, "installed_platbase": sys.base_exec_prefix}
_BASE |= {"platbase": sys.base_exec_prefix}


def _below(directory: Path, unused: set[str]) -> Iterator[Path]:
    for folder, folders, names in os.walk(directory):
        folders[:] = [name for name in folders if name not in unused and not name.startswith(_UNUSED_PREFIXES)]
        yield from (Path(folder, name) for name in names if not name.startswith(_UNUSED_PREFIXES))


class _HostTree(Tree):
    """The file system of this machine, looked at as it is asked about: nobody walks all of it."""

    def __init__(self) -> None:
        self.seen: dict[str, Node] = {}
        super().__init__(self.seen)
        self.children = _Children()

    def __contains__(self, path: str) -> bool:
        return self.get(path) is not None

    def get(self, path: str) -> Entry | None:
        """The entry at ``path``; neither device nodes nor, as in any tree, what is reached by a symlink are there."""
        above = f"/{path.rpartition('/')[0]}"
        if path not in self.seen and os.path.realpath(above) == above and (entry := _entry(path)):
            self.seen[path] = Node(entry, 0, (0, path))
        return super().get(path)

    def head(self, path: str) -> bytes:
        """The first bytes of a regular file, none of anything else."""
        entry = self.get(path)
        return _read(path, 0, 256) if entry and entry.kind == "file" else b""


class _Children(dict[str, tuple[str, ...]]):
    def get(self, path: str, default: Any = ()) -> Any:
        """The paths below a directory of this machine."""
        try:
            return tuple(sorted(str(below)[1:] for below in Path("/", path).iterdir()))
        except OSError:
            return default


class _Host:
    """``needs.protocol.Files`` over this machine."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        """Bytes of a file."""
        return _read(path, offset, length)


def _read(path: str, offset: int, length: int) -> bytes:
    with Path("/", path).open("rb") as file:
        file.seek(offset)
        return file.read(length)


def _entry(path: str) -> Entry | None:
    try:
        status = Path("/", path).lstat()
        if stat.S_ISLNK(status.st_mode):
            return Entry(path, "symlink", 0o777, link=str(Path("/", path).readlink()))
    except OSError:
        return None
    if stat.S_ISDIR(status.st_mode):
        return Entry(path, "directory", 0o755)
    executable = 0o111 if status.st_mode & 0o111 else 0
    return Entry(path, "file", 0o644 | executable, size=status.st_size) if stat.S_ISREG(status.st_mode) else None
