"""Image archives: the members of a tar are found by one walk over its headers; their bodies stay where they are."""

import io
import os
import posixpath
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from shave import tar_header
from shave.allowance import Allowance
from shave.compression import Compression, decompress, detect
from shave.errors import BadImageError, CannotError
from shave.events import Sink, stage
from shave.pax import parse
from shave.sources.replacing import opened, replacing, writing
from shave.tar_header import BLOCK
from shave.tar_writer import END, header
from shave.tree import Entry
from shave.workspace import workspace

_EXTENSION_BYTES = 1 << 20
_MAX_SIZE = (1 << 63) - 1
_MEMBERS = 100_000
_HOPS = 8
_CHUNK = 1 << 20
Member = tuple[str, int, Iterable[bytes]]
_HEADER_ONLY = (b"1", b"2", b"3", b"4", b"5", b"6")


class Extent(Struct, frozen=True):
    """Where a member's body is in the archive."""

    offset: int
    size: int


class Archive:
    """The members of an uncompressed tar. Their names are only names: nothing is ever extracted under them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.extents: dict[str, Extent] = {}
        self.links: dict[str, str] = {}
        for number, member in enumerate(_walk(path)):
            if number == _MEMBERS:
                raise BadImageError(f"{path} has more than {_MEMBERS} members")
            self._add(*member)

    def _add(self, name: str, kind: bytes, link: str, extent: Extent) -> None:
        # a later member replaces an earlier one, as it would if the archive were extracted
        self.extents.pop(name, None)
        self.links.pop(name, None)
        if kind == b"2":
            self.links[name] = _normal(posixpath.join(posixpath.dirname(name), link))
        elif kind == b"1":
            self.links[name] = _normal(link)
        elif kind in (b"0", b"\0", b"7"):
            self.extents[name] = extent

    def find(self, name: str) -> Extent | None:
        """The body of a member, through links to other members (Docker once linked equal layers)."""
        name = _normal(name)
        for _ in range(_HOPS):
            if name in self.extents:
                return self.extents[name]
            name = self.links.get(name, name)
        return None

    def size(self, name: str) -> int | None:
        extent = self.find(name)
        return extent.size if extent else None

    def open(self, name: str) -> BinaryIO:
        extent = self._extent(name)
        return io.BufferedReader(_Window(self.path, extent))

    def place(self, name: str) -> tuple[Path, int]:
        return self.path, self._extent(name).offset

    def _extent(self, name: str) -> Extent:
        extent = self.find(name)
        if extent is None:
            raise BadImageError(f"{self.path} has no member {name[:200]!r}")
        return extent


class _Window(io.RawIOBase):
    """A read-only view of part of a file."""

    def __init__(self, path: Path, extent: Extent) -> None:
        self._file = path.open("rb", buffering=0)
        self._file.seek(extent.offset)
        self._left = extent.size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        count = self._file.readinto(memoryview(buffer)[: self._left])
        self._left -= count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


@contextmanager
def archive_at(path: Path, sink: Sink) -> Iterator[Archive]:
    """The archive in a file. A compressed one is decompressed to a temporary file first.

    Raises CannotError if there is no such file, BadImageError if it is no tar.
    """
    try:
        with path.open("rb") as file:
            compression = detect(file.read(BLOCK))
    except OSError as error:
        raise CannotError(f"{path} cannot be read: {error.strerror}", "give the path of an image archive") from error
    if compression == "none":
        yield Archive(path)
        return
    with workspace() as directory:
        plain = directory / "archive.tar"
        with writing(f"a decompressed copy of {path}"):
            _decompress(path, compression, plain, sink)
        yield Archive(plain)


def _decompress(path: Path, compression: Compression, plain: Path, sink: Sink) -> None:
    total = path.stat().st_size
    with path.open("rb") as packed, plain.open("wb") as file, stage(sink, "decompress archive", total) as advance:
        plain_bytes = decompress(_counted(packed, advance), compression)
        for chunk in Allowance(total).spend(plain_bytes):
            file.write(chunk)


def _counted(file: BinaryIO, advance: Callable[[int], None]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        advance(len(chunk))
        yield chunk


def write_archive(path: Path, members: Iterable[Member], what: str) -> None:
    """Write a tar to a file that appears whole or not at all; ``what`` names it in errors."""
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise CannotError(f"{what} cannot be written: {path} is no regular file", "give the path of a file")
    with writing(what), opened(path.parent) as directory, replacing(directory, path.name) as file:
        for chunk in write_tar(members):
            file.write(chunk)


def write_tar(members: Iterable[Member]) -> Iterator[bytes]:
    """A tar of regular files (name, bytes, body), the same for the same members: no times, no owners.

    Raises BadImageError if a body is not as long as was said.
    """
    for name, size, body in members:
        yield header(Entry(name, "file", size=size))
        written = 0
        for chunk in body:
            written += len(chunk)
            yield chunk
        if written != size:
            raise BadImageError(f"{name} has {written} bytes where {size} were expected")
        yield bytes(-size % BLOCK)
    yield END


def _walk(path: Path) -> Iterator[tuple[str, bytes, str, Extent]]:
    """Name, type, link target and body of each member. Source: POSIX.1-2017 pax, "ustar Interchange Format"; tar(5)."""
    with path.open("rb", buffering=0) as file:
        end = os.fstat(file.fileno()).st_size
        at = 0
        said: dict[str, str] = {}
        while at < end:
            block = os.pread(file.fileno(), BLOCK, at).ljust(BLOCK, b"\0")  # a short one is told below
            if not block.strip(b"\0"):
                return
            kind, extent = block[156:157], Extent(at + BLOCK, _size(block, path, at))
            if kind in (b"x", b"L", b"K"):
                said |= _extension(file, kind, extent, path)
            elif kind != b"g":
                extent = Extent(at + BLOCK, 0 if kind in _HEADER_ONLY else int(said.get("size", extent.size)))
                kind = b"S" if any(key.startswith("GNU.sparse.") for key in said) else kind
                own, link = _text(tar_header.name(block)), _text(tar_header.text(block[157:257]))
                yield _normal(said.get("path", own)), kind, said.get("linkpath", link), extent
                said = {}
            at = extent.offset + extent.size + -extent.size % BLOCK
            if at > end:
                message = f"{path} is cut off: the member at {extent.offset - BLOCK} ends after the file"
                raise BadImageError(message, "get the file anew: it is not whole")


def _size(block: bytes, path: Path, at: int) -> int:
    try:
        tar_header.verify(block)
        return tar_header.bounded(tar_header.number(block[124:136]), _MAX_SIZE, "size")
    except BadImageError as error:
        hint = "get the file anew: it is not whole" if at else "docker save and shave copy make such files"
        raise BadImageError(f"{path} is not a tar archive, or it is damaged: no header at {at}", hint) from error


def _extension(file: io.FileIO, kind: bytes, extent: Extent, path: Path) -> dict[str, str]:
    if extent.size > _EXTENSION_BYTES:
        raise BadImageError(f"{path} has an extended header of {extent.size} bytes at {extent.offset - BLOCK}")
    data = os.pread(file.fileno(), extent.size, extent.offset)
    if kind != b"x":
        return {"path" if kind == b"L" else "linkpath": _text(tar_header.text(data))}
    said = {key: _text(value) for key, value in parse(data)}
    if not said.get("size", "0").isdecimal() or len(said.get("size", "")) > 19:
        raise BadImageError(f"{path} has a size that is no number at {extent.offset - BLOCK}")
    return said


def _text(field: bytes) -> str:
    return field.decode("utf-8", "surrogateescape")


def _normal(name: str) -> str:
    return posixpath.normpath(name).lstrip("/") or "."
