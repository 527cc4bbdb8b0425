"""Blobs of registries on a shelf: read from there, or from the network and kept on the way.

A blob that is not complete lies beside its place as ``DIGEST.part``, locked by whoever fills it (flock(2)), and whoever
wants it next goes on with it. It gets its name when its digest is verified. A shelf that cannot be written is no reason
to fail.
"""

import fcntl
import hashlib
import io
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, cast

from shave import cache
from shave.cache import BLOBS
from shave.errors import BadImageError, ShaveError

_CHUNK = 256 << 10
Fetch = Callable[[int], Iterable[bytes]]


def open(digest: str, size: int, fetch: Fetch) -> BinaryIO:  # noqa: A001 (it is what Layer.open does)
    """The blob as a stream. ``fetch(at)`` gives its bytes from ``at`` on, of which there are ``size`` in all.

    While another process or thread fills the same blob, its bytes are fetched past the shelf: to wait for somebody who
    may be waiting for us is worse. Reading raises BadImageError in place of the last bytes if the digest is another,
    and whatever ``fetch`` raises.
    """
    try:
        place = cache.place(BLOBS, digest)
        found = _complete(place, digest, size) or _part(place, digest, size)
    except OSError:
        found = None
    if isinstance(found, _Part):
        return _stream(_filled(found, digest, fetch))
    return found or _stream(_verified(fetch(0), digest, size, lambda: None))


class _Part:
    """A blob of ``size`` bytes on its way to ``place``. The lock goes with the file, and nothing is done without it."""

    def __init__(self, file: io.FileIO, path: Path, place: Path, size: int) -> None:
        self.file, self.path, self.place, self.size = file, path, place, size
        self.kept = min(size, os.fstat(file.fileno()).st_size)

    def read(self) -> Iterator[bytes]:
        """The bytes that are kept from before."""
        left = self.kept
        self.file.truncate(left)
        while left and (chunk := self.file.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk

    def fetch(self, fetch: Fetch) -> Iterator[bytes]:
        """The others, kept as they pass; on a full disk nothing more of this blob is."""
        for chunk in fetch(self.kept) if self.kept < self.size else ():
            if not self.file.closed and not self._wrote(chunk):
                self.drop()
            yield chunk

    def _wrote(self, chunk: bytes) -> bool:
        with suppress(OSError):
            return self.file.write(chunk) == len(chunk)
        return False

    def drop(self) -> None:
        """Leave nothing behind."""
        self._end(self.path.unlink)

    def publish(self) -> None:
        """Give it its name, for all to read."""
        self._end(lambda: self.path.replace(self.place))
        with suppress(OSError, ShaveError):
            cache.bound(BLOBS)

    def _end(self, act: Callable[[], object]) -> None:
        if not self.file.closed:
            with suppress(OSError):
                act()
            self.file.close()


def _complete(place: Path, digest: str, size: int) -> BinaryIO | None:
    with suppress(FileNotFoundError):
        file = place.open("rb", buffering=_CHUNK)
        if os.fstat(file.fileno()).st_size == size and _is(file, digest):
            cache.touch(place)
            return file
        # a machine that lost its power may have lost what was written last, and disks forget
        file.close()
        place.unlink(missing_ok=True)
    return None


def _is(file: BinaryIO, digest: str) -> bool:
    """Whether a file has this digest. Whoever reads it looks too, but could only blame the image."""
    algorithm, _, wanted = digest.partition(":")
    found = hashlib.file_digest(cast(io.BufferedReader, file), algorithm).hexdigest()
    file.seek(0)
    return found == wanted


def _part(place: Path, digest: str, size: int) -> _Part | BinaryIO | None:
    """The part with its lock, or the blob if somebody has just completed it; None while somebody fills it."""
    if size > cache.max_bytes(BLOBS):
        return None
    path = place.with_name(f"{place.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    file = io.FileIO(os.open(path, flags, 0o600), "r+")
    with suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return _Part(file, path, place, size)
    file.close()
    return _complete(place, digest, size)


def _filled(part: _Part, digest: str, fetch: Fetch) -> Iterator[bytes]:
    try:
        yield from _verified(chain(part.read(), part.fetch(fetch)), digest, part.size, part.publish)
    except BadImageError as error:
        part.drop()
        hint = "the part of it that was kept from before is gone: try again" if part.kept else error.hint
        raise BadImageError(str(error), hint) from error
    finally:
        part.file.close()


def _verified(chunks: Iterable[bytes], digest: str, size: int, complete: Callable[[], None]) -> Iterator[bytes]:
    algorithm, _, wanted = digest.partition(":")
    found, at = hashlib.new(algorithm), 0
    for chunk in chunks:
        found.update(chunk)
        at += len(chunk)
        if at == size and found.hexdigest() != wanted:
            raise BadImageError(f"blob {digest} is not what its digest says: its bytes give {found.hexdigest()}")
        if at == size:
            complete()
        yield chunk


def _stream(chunks: Iterator[bytes]) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_Raw(chunks), _CHUNK))


class _Raw(io.RawIOBase):
    """Chunks as a file, to be read once."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._left = chunks, memoryview(b"")

    def readable(self) -> bool:
        """See ``io.RawIOBase``."""
        return True

    def readinto(self, buffer: Any) -> int:
        """See ``io.RawIOBase``."""
        self._left = self._left or memoryview(next(self._chunks, b""))
        size = min(len(self._left), len(buffer))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size

    def close(self) -> None:
        """End the fetching where it is."""
        if isinstance(self._chunks, Generator):
            self._chunks.close()
        super().close()
