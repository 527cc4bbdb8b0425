"""The door to a build context: files of a directory of this machine that are to go into an image.

Nothing outside is ever read, whatever others do to it meanwhile: each directory is opened from the descriptor of the
one above, and no symlink is followed on the way. Of a file only its bytes and whether it may be executed count, so that
two checkouts give the same.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from shave import dockerignore
from shave.dockerignore import Ignored
from shave.errors import CannotError, UsageError
from shave.tree import Entry

Member = tuple[Entry, Iterable[bytes]]
Excluded = Callable[[str], bool]
DIRECTORY, EXECUTABLE, PLAIN = 0o755, 0o755, 0o644

_ALWAYS = "**/.git\n"
"""A repository says when it was cloned, and holds what was ever deleted; ``!.git`` takes it back in."""
_NAME = ".dockerignore"
_MOST, _MOST_TEXT = 1 << 20, 64 << 20
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CHUNK = 1 << 20
_LEAVE_OUT = f"leave it out with a line in {_NAME}"
_NO_FILE = {stat.S_IFSOCK: "a socket", stat.S_IFIFO: "a fifo", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}


def ignored(context: Path) -> Ignored:
    """What the context's .dockerignore leaves out, and repositories of git. Raises CannotError, UsageError."""
    try:
        with (context / _NAME).open("rb") as file:
            text = file.read(_MOST).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        text = ""
    except OSError as error:
        raise _unreadable(_NAME, error) from error
    return dockerignore.parse(_ALWAYS + text.removeprefix("\N{BYTE ORDER MARK}"))


def members(context: Path, source: str, leaves_out: Ignored, excluded: Excluded) -> Iterator[Member]:
    """A file of the context (its path is ""), or a directory with all below (paths relative to it, itself first).

    Owners are root, modes 0755 or 0644, times 0; of several names of one file each is a file. ``excluded`` is asked of
    paths relative to the source. A body must be read before the next member is asked for. Raises UsageError for a
    source that is outside, CannotError for what is not there, cannot be read, or cannot be in an image.
    """
    place = _inside(context, source)
    walk, is_empty = _Walk(place, leaves_out, excluded), True
    try:
        for member in walk.members(_opened(context, place.rpartition("/")[0]), place.rpartition("/")[2] or "."):
            is_empty = False
            yield member
    finally:
        walk.close()
    if is_empty:
        raise CannotError(f"{source} is left out by {_NAME}", f"take it back in with a line !{place}")


def read(context: Path, name: str) -> bytes:
    """A text of the context, such as a list of requirements.

    Raises UsageError for one that is outside, CannotError for one that is not there or too large.
    """
    directory, _, last = _inside(context, name).rpartition("/")
    try:
        above = _opened(context, directory)
        try:
            if not stat.S_ISREG(os.stat(last or ".", dir_fd=above, follow_symlinks=False).st_mode):
                raise CannotError(f"{name} of the build context is no plain file")
            with os.fdopen(os.open(last, _OPEN, dir_fd=above), "rb") as file:
                data = file.read(_MOST_TEXT + 1)
        finally:
            os.close(above)
    except OSError as error:
        raise _unreadable(name, error) from error
    if len(data) > _MOST_TEXT:
        raise CannotError(f"{name} has more than {_MOST_TEXT >> 20} MiB, as no such file has", "is it the right one?")
    return data


def located(url: str, context: Path) -> str:
    """The URL of a lock's file, which is of the context if it is relative. Raises UsageError if it leads out."""
    try:
        if urlsplit(url).scheme:
            return url
    except ValueError as error:
        raise UsageError(f"the lock says of a file that it is at {url!r}: {error}", "write the lock anew") from error
    return (context.absolute() / _inside(context, unquote(url))).as_uri()


def _inside(context: Path, source: str) -> str:
    """Where a source really is, relative to the context. Symlinks within are followed, as COPY does."""
    outside = UsageError(f"{source} is outside the directory that holds the spec", "move it below that directory")
    if ".." in source.split("/"):
        raise outside
    try:
        root = context.resolve(strict=True)
        place = (root / source.lstrip("/")).resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise _unreadable(source, error) from error
    if not place.is_relative_to(root):
        raise outside
    found = place.relative_to(root).as_posix()
    return "" if found == "." else found


def _opened(context: Path, directory: str) -> int:
    here = os.open(context, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for part in filter(None, directory.split("/")):
        try:
            below = os.open(part, _OPEN | os.O_DIRECTORY, dir_fd=here)
        finally:
            os.close(here)
        here = below
    return here


class _Level(Struct):
    """An open directory: its path relative to the source, the names still to come, its entry if that is not told."""

    file: int
    path: str
    names: Iterator[str]
    untold: Entry | None = None


class _Walk:
    """The directories on the way down to where the walk is. ``place`` is the source's own path in the context."""

    def __init__(self, place: str, leaves_out: Ignored, excluded: Excluded) -> None:
        self.place, self.leaves_out, self.excluded = place, leaves_out, excluded
        self.stack: list[_Level] = []

    def close(self) -> None:
        for level in self.stack:
            os.close(level.file)

    def members(self, above: int, name: str) -> Iterator[Member]:
        """The source, ``name`` in the open directory ``above``, and all below."""
        self.stack.append(_Level(above, "", iter((name,))))
        source = True
        while self.stack:
            level = self.stack[-1]
            name = next(level.names, "")
            if not name:
                os.close(self.stack.pop().file)
                continue
            path = "" if source else _joined(level.path, name)
            source = False
            try:
                yield from self.member(level.file, name, path)
            except OSError as error:
                raise _unreadable(self.shown(path), error) from error

    def member(self, above: int, name: str, path: str) -> Iterator[Member]:
        kind = stat.S_IFMT(os.stat(name, dir_fd=above, follow_symlinks=False).st_mode)
        left_out = self.leaves_out(_joined(self.place, path))
        if (path and self.excluded(path)) or (left_out and not (kind == stat.S_IFDIR and self.leaves_out.takes_back)):
            return
        if name.startswith(".wh."):
            raise CannotError(f"{self.shown(path)} is named like a whiteout, which deletes files in images", _LEAVE_OUT)
        if kind == stat.S_IFDIR:
            below = os.open(name, _OPEN | os.O_DIRECTORY, dir_fd=above)
            level = _Level(below, path, iter(()), Entry(path, "directory", DIRECTORY))
            self.stack.append(level)
            level.names = _names(below)
            yield from () if left_out else self.untold()
        elif kind in _NO_FILE:
            raise CannotError(f"{self.shown(path)} is {_NO_FILE[kind]}: images have none of the context", _LEAVE_OUT)
        elif kind == stat.S_IFLNK:
            yield from self.untold()
            yield Entry(path, "symlink", 0o777, link=os.readlink(name, dir_fd=above)), ()
        else:
            yield from self.untold()
            yield from self.file(os.open(name, _OPEN, dir_fd=above), path)

    def untold(self) -> Iterator[Member]:
        """The directories above that were left out until something below them is taken back in."""
        for level in self.stack:
            if level.untold:
                yield level.untold, ()
                level.untold = None

    def file(self, file: int, path: str) -> Iterator[Member]:
        try:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode):
                raise self.changed(path)
            mode = EXECUTABLE if status.st_mode & 0o100 else PLAIN
            yield Entry(path, "file", mode, size=status.st_size), self.body(file, path, status.st_size)
        finally:
            os.close(file)

    def body(self, file: int, path: str, size: int) -> Iterator[bytes]:
        """So many bytes of a file, not one more or less."""
        at = 0
        try:
            while at <= size and (piece := os.read(file, _CHUNK)):
                at += len(piece)
                yield piece[: len(piece) + min(0, size - at)]
        except OSError as error:
            raise _unreadable(self.shown(path), error) from error
        if at != size:
            raise self.changed(path)

    def changed(self, path: str) -> CannotError:
        return CannotError(f"{self.shown(path)} changed while it was read", "build when nobody writes to it")

    def shown(self, path: str) -> str:
        """How the user calls it."""
        return _joined(self.place, path) or "."


def _names(directory: int) -> Iterator[str]:
    return iter(sorted(os.listdir(directory), key=os.fsencode))


def _joined(above: str, path: str) -> str:
    return f"{above}/{path}" if above and path else above or path


def _unreadable(name: str, error: Exception) -> CannotError:
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return CannotError(f"{name} of the build context cannot be read: {words}", "look at its name and its permissions")
