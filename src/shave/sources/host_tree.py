"""A directory of this machine as the members of a tar stream, whatever others do to it meanwhile.

Everything is opened from its parent's descriptor and no symlink is followed, so that nothing outside is ever read. One
file system only, as with ``tar --one-file-system``.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from msgspec.structs import replace

from shave.errors import CannotError
from shave.tree import Entry, Kind

Member = tuple[Entry, Iterable[bytes]]
Leave = Callable[[str, str], None]
"""Told why something is left out, and its path."""

MOUNTED = "on other file systems, left empty"
SOCKET = "sockets, which no tar can hold"
GONE = "gone while the directory was read"
WHITEOUT = "named like whiteouts (.wh.), which would delete"
OWN = "the work of this very command"

_KINDS: dict[int, Kind] = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "symlink",
    stat.S_IFCHR: "character",
    stat.S_IFBLK: "block",
    stat.S_IFIFO: "fifo",
}
# labels, signatures and overlay marks belong to a machine, not to an image; xattr(7)
_XATTRS = ("user.", "security.capability", "system.posix_acl_")
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_HOLE = 1 << 20
_CHUNK = 1 << 20


def members(root: int, own: int, leave: Leave) -> Iterator[Member]:
    """Entries and bodies below the open directory ``root``, itself first, each directory's names in order.

    A body must be read before the next member is asked for. Of the open directory ``own`` nothing is told: it is
    where the stream goes. Raises CannotError for what cannot be read.
    """
    walk = _Walk(root, own, leave)
    try:
        yield from walk.members()
    finally:
        walk.close()


class _Walk:
    """The directories on the way down to where the walk is, and the names in each that are still to come."""

    def __init__(self, root: int, own: int, leave: Leave) -> None:
        self.leave = leave
        self.own = _identity(os.fstat(own))
        self.device = os.fstat(root).st_dev
        self.first: dict[tuple[int, int], str] = {}
        self.stack = [(os.dup(root), "", _names(root))]

    def close(self) -> None:
        for directory, _, _ in self.stack:
            os.close(directory)

    def members(self) -> Iterator[Member]:
        root = self.stack[0][0]
        yield _entry("", os.fstat(root), xattrs=_xattrs(root)), ()
        while self.stack:
            yield from self._next()

    def _next(self) -> Iterator[Member]:
        directory, path, names = self.stack[-1]
        try:
            if name := next(names, None):
                path = f"{path}/{name}" if path else name
                yield from self._member(directory, name, path)
                return
        except FileNotFoundError:
            self.leave(GONE, path)
            self.first = {identity: first for identity, first in self.first.items() if first != path}
            return
        except OSError as error:
            raise CannotError(f"/{path} cannot be read: {error.strerror}", "read the directory as root") from error
        os.close(directory)
        self.stack.pop()

    def _member(self, directory: int, name: str, path: str) -> Iterator[Member]:
        status = os.stat(name, dir_fd=directory, follow_symlinks=False)
        kind = _KINDS.get(stat.S_IFMT(status.st_mode))
        if kind is None or name.startswith(".wh."):
            self.leave(WHITEOUT if kind else SOCKET, path)
        elif kind == "directory":
            yield from self._directory(os.open(name, _OPEN | os.O_DIRECTORY, dir_fd=directory), path)
        elif status.st_dev != self.device:
            self.leave(MOUNTED, path)
        elif status.st_nlink > 1 and self.first.setdefault(_identity(status), path) != path:
            yield replace(_entry(path, status), kind="hardlink", link=self.first[_identity(status)]), ()
        elif kind == "file":
            yield from self._file(os.open(name, _OPEN, dir_fd=directory), path)
        else:
            link = os.readlink(name, dir_fd=directory) if kind == "symlink" else ""
            yield _entry(path, status, link), ()

    def _directory(self, directory: int, path: str) -> Iterator[Member]:
        """The directory's own entry; what is in it comes next."""
        status = os.fstat(directory)
        foreign, own = status.st_dev != self.device, _identity(status) == self.own
        if foreign or own:
            self.leave(MOUNTED if foreign else OWN, path)
        self.stack.append((directory, path, iter(()) if foreign or own else _names(directory)))
        yield _entry(path, status, xattrs=_xattrs(directory)), ()

    def _file(self, file: int, path: str) -> Iterator[Member]:
        try:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode):
                raise FileNotFoundError(path)
            segments = _segments(file, status)
            yield (
                _entry(path, status, xattrs=_xattrs(file), size=status.st_size, sparse=segments),
                _pieces(file, path, segments if segments is not None else ((0, status.st_size),)),
            )
        finally:
            os.close(file)


def _entry(
    path: str,
    status: os.stat_result,
    link: str = "",
    xattrs: tuple[tuple[str, bytes], ...] = (),
    size: int = 0,
    sparse: tuple[tuple[int, int], ...] | None = None,
) -> Entry:
    kind = _KINDS[stat.S_IFMT(status.st_mode)]
    mode = 0o777 if kind == "symlink" else stat.S_IMODE(status.st_mode)
    device = (os.major(status.st_rdev), os.minor(status.st_rdev)) if kind in ("character", "block") else (0, 0)
    owner = status.st_uid, status.st_gid
    return Entry(path, kind, mode, *owner, status.st_mtime_ns, size, link, device, xattrs, sparse=sparse)


def _names(directory: int) -> Iterator[str]:
    yield from sorted(os.listdir(directory))


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _xattrs(file: int) -> tuple[tuple[str, bytes], ...]:
    with suppress(OSError):  # a file system without any
        names = sorted(name for name in os.listxattr(file) if name.startswith(_XATTRS))
        return tuple((name, os.getxattr(file, name)) for name in names)
    return ()


def _segments(file: int, status: os.stat_result) -> tuple[tuple[int, int], ...] | None:
    """The parts of a file between holes of at least 1 MiB, None if it has none. Source: lseek(2), SEEK_DATA."""
    size = status.st_size
    if size - status.st_blocks * 512 < _HOLE:
        return None
    found: list[tuple[int, int]] = []
    at = 0
    while at < size:
        try:
            start = os.lseek(file, at, os.SEEK_DATA)
        except OSError:  # ENXIO: there is no more data
            break
        at = min(os.lseek(file, start, os.SEEK_HOLE), size)
        begin = found.pop()[0] if found and start - sum(found[-1]) < _HOLE else start
        found.append((begin, at - begin))
    return tuple(found) if found != [(0, size)] else None


def _pieces(file: int, path: str, segments: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    for start, length in segments:
        end = start + length
        while start < end:
            piece = os.pread(file, min(_CHUNK, end - start), start)
            if not piece:
                raise CannotError(f"/{path} became shorter while it was read", "read a directory that nobody writes to")
            start += len(piece)
            yield piece
