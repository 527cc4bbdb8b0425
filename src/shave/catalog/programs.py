"""Programs and archives of an image that glances have looked at, for the catalogues to read again what they saw."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from shave import elf
from shave.errors import BadImageError
from shave.needs.protocol import Files
from shave.records import Read
from shave.tree import Entry


def glanced(
    files: Files, magics: tuple[bytes, ...], wanted: Callable[[Entry], bool]
) -> Iterator[tuple[str, int, Read]]:
    """Path, bytes and reader of each regular file that is wanted and begins with one of ``magics``."""
    for path, node in files.tree.nodes.items():
        if node.entry.kind == "file" and wanted(node.entry):
            read = reader(files, path)
            with suppress(BadImageError):  # of a file that no glance has seen nothing is at hand
                if read(0, 4).startswith(magics):
                    yield path, node.entry.size, read


def programs(files: Files) -> Iterator[tuple[str, int, Read]]:
    """Path, bytes and reader of each ELF program and shared library."""
    return glanced(files, (elf.MAGIC,), lambda entry: bool(entry.mode & 0o111) or ".so" in entry.path)


def reader(files: Files, path: str) -> Read:
    """What reads one file, as a glance is given it."""
    return lambda offset, length: files.read(path, offset, length)
