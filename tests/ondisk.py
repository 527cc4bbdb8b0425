"""``Files`` out of a real directory, as the root of an image; and a patient that has it."""

import os
import stat
from pathlib import Path

from shave.causes.protocol import Patient
from shave.oci import Config, RunConfig
from shave.tree import Entry, Node, Tree


class OnDisk:
    """The regular files, directories and symlinks below a directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        paths = [Path(above, name) for above, names, files in os.walk(root) for name in (*names, *files)]
        entries = [Entry("", "directory"), *(self._entry(path) for path in paths)]
        self.tree = Tree({each.path: Node(each, 0, (0, each.path)) for each in sorted(entries, key=lambda e: e.path)})

    def _entry(self, path: Path) -> Entry:
        found, name = path.lstat(), str(path.relative_to(self.root))
        if path.is_symlink():
            return Entry(name, "symlink", 0o777, link=str(path.readlink()))
        kind, mode = ("directory" if path.is_dir() else "file"), stat.S_IMODE(found.st_mode)
        return Entry(name, "directory" if kind == "directory" else "file", mode, size=found.st_size)

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        """Bytes of a file as they are now."""
        with (self.root / path).open("rb") as file:
            file.seek(offset)
            return file.read(length)


def patient(root: Path, *words: str, env: tuple[str, ...] = (), directory: str = "/app") -> Patient:
    """A directory as an image that starts so."""
    config = Config("amd64", "linux", config=RunConfig(env=env, working_dir=directory))
    return Patient(OnDisk(root), config, words)
