"""What a need must be able to do: read one kept file and name the files it cannot do without."""

from collections.abc import Iterable
from typing import Protocol

from shave.reason import Link
from shave.tree import Tree


class Files(Protocol):
    """The merged tree and the bytes of its regular files (``store.Unpacked`` is one)."""

    @property
    def tree(self) -> Tree:
        """The visible paths."""

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        """Bytes of a regular file of the tree."""


class Need(Protocol):
    """Static links of one kind of file. Made once for an image, with the environment its programs see."""

    def __init__(self, files: Files, environment: dict[str, str]) -> None: ...

    def links(self, path: str, head: bytes) -> Iterable[Link]:
        """What the regular file at ``path`` needs; nothing if it is of another kind. ``head`` is its first 256
        bytes.
        """
