"""``Files`` out of real directories, as parts of an image; and a patient that has them."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from shave.causes.protocol import Patient
from shave.oci import Config, RunConfig
from shave.tree import Entry, Kind, Node, Tree, parents

_PRUNED = {"site-packages", "dist-packages", "test", "__pycache__", "node_modules"}
"""Below a mount: what belongs to the machine, and not to a runtime."""


class OnDisk:
    """The files, directories and symlinks below a directory, and those mounted into it by their paths in the image."""

    def __init__(self, root: Path, mounts: Mapping[str, Path] = {}) -> None:  # never changed
        self.paths = {str(path.relative_to(root)): path for path in _below(root, set())}
        for name, path in mounts.items():
            self.paths[name] = path
            self.paths |= {f"{name}/{each.relative_to(path)}": each for each in _below(path, _PRUNED)}
        above = {up for name in self.paths for up in parents(name)} - set(self.paths)
        entries = [Entry(name, "directory") for name in ("", *above)]
        entries += [_entry(name, path) for name, path in self.paths.items()]
        self.tree = Tree({each.path: Node(each, 0, (0, each.path)) for each in sorted(entries, key=lambda e: e.path)})

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        """Bytes of a file as they are now."""
        with self.paths[path].open("rb") as file:
            file.seek(offset)
            return file.read(length)


def _below(root: Path, pruned: set[str]) -> Iterator[Path]:
    for above, directories, files in os.walk(root):
        directories[:] = [name for name in directories if name not in pruned]
        yield from (Path(above, name) for name in (*directories, *files))


def _entry(name: str, path: Path) -> Entry:
    found = path.lstat()
    if path.is_symlink():
        return Entry(name, "symlink", 0o777, link=str(path.readlink()))
    kind: Kind = "directory" if path.is_dir() else "file"
    return Entry(name, kind, stat.S_IMODE(found.st_mode), size=found.st_size)


def patient(
    root: Path,
    *words: str,
    env: tuple[str, ...] = (),
    directory: str = "/app",
    mounts: Mapping[str, Path] = {},  # never changed
) -> Patient:
    """Directories as an image that starts so."""
    config = Config("amd64", "linux", config=RunConfig(env=env, working_dir=directory))
    return Patient(OnDisk(root, mounts), config, words)
