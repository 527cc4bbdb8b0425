"""What a catalogue must be able to do: read one package manager's records."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from msgspec import Struct

from shave.needs.protocol import Files
from shave.package import Package, Unread
from shave.records import Glance


class Read(Protocol):
    """The packages that one manager installed; none where its records are missing or are no such records.

    The records are the image's own and may say anything: nothing but paths of the tree is ever read, in bounded time
    and memory. A record that is there and cannot be read is an ``Unread``, and the others are read nevertheless.
    """

    def __call__(self, files: Files) -> Iterable[Package | Unread]: ...


class Catalogue(Struct, frozen=True):
    """One package manager: how its records are read, and which files these are.

    ``records`` are globs of the files that ``read`` reads whole. ``glances`` look, by the four bytes a file begins
    with, at other files while a layer passes: ``read`` may later read of them what its glance has read, and no more.
    """

    manager: str
    read: Read
    records: tuple[str, ...] = ()
    glances: Mapping[bytes, Glance] = {}
