"""Disks that are too small, or cannot be written: a tmpfs over a directory, in a mount namespace of its own."""

import marshal
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from shave.commands import main
from shave.inside import kernel


class Ended(Struct, frozen=True):
    """How a command of shave ended there, and what was on the disk afterwards: files, by path in it."""

    code: int
    err: str
    files: tuple[str, ...]


def on_disk(place: Path, options: str, words: Sequence[str], read_only: bool = False) -> Ended:
    """``shave WORDS`` in a fork of ours, with a tmpfs at ``place``; tmpfs(5) has the options: size, nr_inodes.

    A fork, because a sweep over sizes is many runs, and each would import everything anew.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            kernel.unshare(kernel.NEWNS)
            kernel.mount("", "/", "", kernel.REC | kernel.PRIVATE)
            kernel.mount("tmpfs", str(place), "tmpfs", kernel.RDONLY if read_only else 0, options)
            code, err = _called(words)
            files = sorted(str(path.relative_to(place)) for path in place.rglob("*") if not path.is_dir())
            os.write(writer, marshal.dumps((code, err, files)))
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        data = file.read()
    os.waitpid(child, 0)
    code, err, files = marshal.loads(data)
    return Ended(code, err, tuple(files))


def _called(words: Sequence[str]) -> tuple[int, str]:
    out, err = os.memfd_create("out"), os.memfd_create("err")
    for number, stream in ((out, 1), (err, 2)):
        os.dup2(number, stream)
    sys.argv = ["shave", *words]
    with open(1, "w", closefd=False) as sys.stdout, open(2, "w", closefd=False) as sys.stderr:
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return code, os.pread(err, 1 << 20, 0).decode(errors="replace")
