"""The ELF files of an image, for the catalogues that look for what compilers left in them."""

from collections.abc import Iterator
from contextlib import suppress

from shave.elf import MAGIC
from shave.errors import BadImageError
from shave.needs.protocol import Files
from shave.records import Read


def programs(files: Files) -> Iterator[tuple[str, int, Read]]:
    """Path, bytes and reader of each program and shared library."""
    for path, node in files.tree.nodes.items():
        if node.entry.kind == "file" and (node.entry.mode & 0o111 or ".so" in path):
            read = reader(files, path)
            with suppress(BadImageError):  # of a file that no glance has seen nothing is at hand
                if read(0, 4) == MAGIC:
                    yield path, node.entry.size, read


def reader(files: Files, path: str) -> Read:
    """What reads one file, as a glance is given it."""
    return lambda offset, length: files.read(path, offset, length)
