"""Programs and archives that glances have looked at, for the catalogues to read again what they saw."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from shave import elf
from shave.errors import BadImageError
from shave.needs.protocol import Files
from shave.package import Package, Unread
from shave.records import Read
from shave.survey import Survey
from shave.tree import Entry

MOST = 100_000
"""Packages of one catalogue in one image: more than all modules of Kubernetes' own programs by a factor of ten."""
Look = Callable[[str, int, Read], Iterable[Package | Unread]]
"""What is found in a file: its path, how many bytes, how to read them. Raises BadImageError if it is broken."""


def glanced(
    files: Files, magics: tuple[bytes, ...], wanted: Callable[[Entry], bool], look: Look
) -> Iterator[Package | Unread]:
    """What ``look`` finds in each file that is wanted and begins with one of ``magics``, once for all names of it."""
    left, seen = MOST, set[tuple[int, str]]()
    nodes = files.recorded if isinstance(files, Survey) else files.tree.nodes
    for path, node in nodes.items():
        if node.entry.kind != "file" or not wanted(node.entry) or node.inode in seen:
            continue
        seen.add(node.inode)
        read = reader(files, path)
        if not _begins(read, magics):
            continue
        try:
            for found in look(path, node.entry.size, read):
                yield found
                left -= 1
                if not left:
                    yield Unread(path, f"it has more packages than are counted: {MOST} in all")
                    return
        except BadImageError as error:
            yield Unread(path, str(error))


def programs(files: Files, look: Look) -> Iterator[Package | Unread]:
    """What ``look`` finds in each ELF program and shared library."""
    return glanced(files, (elf.MAGIC,), lambda entry: bool(entry.mode & 0o111) or ".so" in entry.path, look)


def reader(files: Files, path: str) -> Read:
    """What reads one file, as a glance is given it."""
    return lambda offset, length: files.read(path, offset, length)


def _begins(read: Read, magics: tuple[bytes, ...]) -> bool:
    with suppress(BadImageError):  # of a file that no glance has seen nothing is at hand
        return read(0, 4).startswith(magics)
    return False
