"""What a catalogue must be able to do: read one package manager's records."""

from collections.abc import Iterable
from typing import Protocol

from shave.needs.protocol import Files
from shave.package import Package


class Catalogue(Protocol):
    """The packages that one manager installed; none where its records are missing or are no such records.

    The records are the image's own and may say anything: nothing but paths of the tree is ever read.
    """

    def __call__(self, files: Files) -> Iterable[Package]: ...
