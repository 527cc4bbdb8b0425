"""Records as a catalogue reads them: whatever they say, in bounded time and memory, and of no path but the tree's."""

from collections.abc import Callable, Container, Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from shave.errors import BadImageError
from shave.needs.protocol import Files
from shave.package import Unread, real_paths

MOST = 16 << 20
"""Bytes of one record."""
ALL = 256 << 20
"""Bytes of all records and of all lists of paths of one catalogue: hard links may make a record many."""
PATH_MAX = 4096
# What a path costs in memory beside its characters.
_STRING = 64
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
T = TypeVar("T")


class Reading:
    """One catalogue's reading of one image; everything it reads and lists comes out of one allowance."""

    def __init__(self, files: Files) -> None:
        self.files, self.tree = files, files.tree
        self.real = real_paths(files.tree)
        self.left = ALL

    def data(self, path: str, most: int = MOST) -> bytes:
        """The bytes of the file at ``path``, symlinks followed; none where no file is. Raises BadImageError for one
        that is too large or that was not kept.
        """
        found = self.tree.resolve(path).path
        entry = self.tree.get(found) if found else None
        if found is None or entry is None or entry.kind not in ("file", "hardlink"):
            return b""
        if entry.size > most:
            raise BadImageError(f"it has {entry.size} bytes, more than any of its kind")
        self.spend(entry.size)
        return self.files.read(found, 0, most)

    def text(self, path: str, most: int = MOST) -> str:
        """The text of the file at ``path``, as ``data``; bytes that are not UTF-8 are kept by ``surrogateescape``."""
        return self.data(path, most).decode("utf-8", "surrogateescape")

    def json(self, path: str, kind: type[T], most: int = MOST) -> T:
        """The JSON document at ``path``. Raises ValueError for another, BadImageError as ``data``."""
        try:
            return msgspec.json.decode(self.data(path, most).removeprefix(_BYTE_ORDER_MARK), type=kind)
        except msgspec.MsgspecError as error:
            raise ValueError(str(error)) from error

    def attempt(self, record: str, read: Callable[[str], T]) -> T | Unread:
        """What ``read`` makes of a record; it raises BadImageError, ValueError or RecursionError for one that cannot be
        read.
        """
        try:
            return read(record)
        except RecursionError:
            return Unread(record, "it is nested too deeply")
        except (BadImageError, ValueError) as error:
            return Unread(record, str(error))

    def each(self, records: Iterable[str], read: Callable[[str], T | None]) -> Iterator[tuple[str, T | Unread]]:
        """Each record with what ``attempt`` makes of it, but for those of which ``read`` makes nothing."""
        for record in records:
            found = self.attempt(record, read)
            if found is not None:
                yield record, found

    def listed(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Paths as records write them: real, sorted. Raises BadImageError for too many."""
        real = {self.real(path) for path in self._charged(paths) if len(path) <= PATH_MAX}
        return tuple(sorted(real - {""}))

    def owned(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Paths of the tree, sorted. Raises BadImageError for too many."""
        return tuple(sorted(set(self._charged(paths))))

    def below(self, directory: str, but: Container[str] = ()) -> Iterator[str]:
        """The directory, if it is there, and all below it, except ``but`` and what is below these."""
        todo = [directory] if directory in self.tree else []
        while todo:
            path = todo.pop()
            yield path
            todo.extend(child for child in self.tree.children.get(path, ()) if child not in but)

    def _charged(self, paths: Iterable[str]) -> Iterator[str]:
        for path in paths:
            self.spend(len(path) + _STRING)
            yield path

    def spend(self, count: int) -> None:
        """Take bytes out of the allowance. Raises BadImageError if there are not so many left."""
        if count > self.left:
            raise BadImageError(f"all records of its kind have more than {ALL >> 20} MiB")
        self.left -= count


def strings(value: Any) -> dict[str, str]:
    """The strings by name of a JSON object; none if it is something else."""
    return {name: text for name, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}
