"""What a tree holds, said in one way for our own and for one on a disk.

A directory of mode 0755 that holds something is left out: layers need not list it.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

from shave.store import Unpacked

_SHORT = 4096
Value = str | bytes
Found = tuple[str, tuple[int, ...] | str, str, int, Value]
"""Path, what tells its inode, kind, mode, and a file's body or what else there is to say."""


def of_image(unpacked: Unpacked, without: tuple[str, ...] = ()) -> dict[str, Value]:
    """The merged tree as shave sees it, ``without`` some kinds."""
    return _shown(found for found in _nodes(unpacked) if found[2] not in without)


def of_directory(root: str) -> dict[str, Value]:
    """What lies below a directory of this machine."""
    with chdir(root):
        return _shown(_files())


def _nodes(unpacked: Unpacked) -> Iterator[Found]:
    for path, node in unpacked.tree.nodes.items():
        entry = node.entry
        value: Value = ""
        if entry.kind == "file":
            value = unpacked.read(path) if entry.size <= _SHORT else f"file of {entry.size} bytes"
        elif entry.kind == "symlink":
            value = f"symlink to {entry.link}"
        elif entry.kind in ("character", "block"):
            value = f"{entry.kind} {entry.device[0]}:{entry.device[1]}"
        yield path, str(node.inode), entry.kind, entry.mode, value


def _files() -> Iterator[Found]:
    """Relative paths, for absolute ones would be longer than Linux allows; no recursion, for they may be deep."""
    waiting = ["."]
    while waiting:
        for entry in os.scandir(waiting.pop()):
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
            yield entry.path.removeprefix("./"), *_on_disk(Path(entry.path))


def _on_disk(path: Path) -> tuple[tuple[int, ...], str, int, Value]:
    status = path.lstat()
    kinds = {stat.S_IFDIR: "directory", stat.S_IFIFO: "fifo", stat.S_IFLNK: "symlink", stat.S_IFREG: "file"}
    kind = kinds.get(stat.S_IFMT(status.st_mode), "character" if stat.S_ISCHR(status.st_mode) else "block")
    value: Value = ""
    if kind == "file":
        value = path.read_bytes() if status.st_size <= _SHORT else f"file of {status.st_size} bytes"
    elif kind == "symlink":
        value = f"symlink to {path.readlink()}"
    elif kind in ("character", "block"):
        value = f"{kind} {os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    return (status.st_dev, status.st_ino), kind, stat.S_IMODE(status.st_mode), value


def _shown(found: Iterator[Found]) -> dict[str, Value]:
    shown: dict[str, Value] = {}
    first: dict[tuple[int, ...] | str, str] = {}
    every = sorted(found)
    holding = {path.rpartition("/")[0] for path, *_ in every} | {""}
    for path, inode, kind, mode, value in every:
        if kind == "directory":
            if mode != 0o755 or path not in holding:
                shown[path] = f"directory {mode:o}"
            continue
        special = f" {mode:o}" if mode & 0o7000 else ""
        other = first.setdefault(inode, path)
        if other != path:
            shown[path] = f"same as {other}"
        else:
            shown[path] = f"{kind}{special}" if special or kind == "fifo" else value
    shown.pop("", None)
    return shown
