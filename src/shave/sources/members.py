"""The named files an image is made of, in a directory or in a tar: what the readers of layouts need of either."""

import os
import stat
from pathlib import Path
from typing import BinaryIO, Protocol

from shave.errors import BadImageError, CannotError
from shave.oci import Descriptor, blob_path, digest_of

MANIFEST_BYTES = 4 << 20
CONFIG_BYTES = 8 << 20


class Members(Protocol):
    """A place that holds files by name. Names never lead out of it."""

    path: Path

    def size(self, name: str) -> int | None:
        """The bytes of a regular file, None if nothing has that name."""

    def open(self, name: str) -> BinaryIO:
        """The file from its first byte, as often as asked, from any thread. Raises BadImageError if it is not there."""

    def place(self, name: str) -> tuple[Path, int]:
        """The file of the host that holds it, and at which offset."""


class Directory:
    """The files below a directory. No symlink inside it is followed: a hostile layout could point anywhere."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def size(self, name: str) -> int | None:
        try:
            descriptor = self._descend(name)
        except FileNotFoundError:
            return None
        try:
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)

    def open(self, name: str) -> BinaryIO:
        try:
            return os.fdopen(self._descend(name), "rb")
        except FileNotFoundError:
            raise BadImageError(f"{self.path} has no {name}") from None

    def place(self, name: str) -> tuple[Path, int]:
        return self.path / name, 0

    def _descend(self, name: str) -> int:
        *parents, last = name.split("/")
        try:
            here = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            for part in parents:
                here = _step(here, part, os.O_DIRECTORY)
            # a FIFO would block the open
            here = _step(here, last, os.O_NONBLOCK)
        except FileNotFoundError:
            raise
        except PermissionError as error:
            raise CannotError(f"{self.path / name} cannot be read: {error.strerror}") from error
        except OSError as error:
            raise BadImageError(f"{name} in {self.path} is not a plain file: {error.strerror}") from error
        if not stat.S_ISREG(os.fstat(here).st_mode):
            os.close(here)
            raise BadImageError(f"{name} in {self.path} is not a regular file")
        return here


def _step(directory: int, name: str, flags: int) -> int:
    try:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags, dir_fd=directory)
    finally:
        os.close(directory)


def read_document(members: Members, name: str, limit: int, what: str) -> bytes:
    """A whole file of at most ``limit`` bytes. Raises BadImageError if it is missing or too large."""
    size = members.size(name)
    if size is None:
        raise BadImageError(f"{what} is missing: {members.path} has no {name}")
    if size > limit:
        raise BadImageError(f"{what} has {size} bytes, more than the {limit} that are allowed")
    with members.open(name) as file:
        return file.read(limit + 1)


def read_blob(members: Members, descriptor: Descriptor, limit: int, what: str) -> bytes:
    """A whole blob, its size and digest verified. Raises BadImageError that names ``what``."""
    return matching(read_document(members, blob_path(descriptor.digest), limit, what), descriptor, what)


def matching(data: bytes, descriptor: Descriptor, what: str) -> bytes:
    """The same bytes, if they are what ``descriptor`` says. Raises BadImageError that names ``what``."""
    if len(data) != descriptor.size:
        raise BadImageError(f"{what} {descriptor.digest} has {len(data)} bytes, its descriptor says {descriptor.size}")
    found = digest_of(data, descriptor.digest.partition(":")[0])
    if found != descriptor.digest:
        raise BadImageError(
            f"{what} is not what its digest says: {descriptor.digest} is wanted, the bytes give {found}"
        )
    return data
