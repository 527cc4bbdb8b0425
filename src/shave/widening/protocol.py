"""What a rule of grain ``unit`` must be able to do: say what stays although no run used it."""

from collections.abc import Iterable
from typing import Protocol

from shave.closure import Root
from shave.reason import Link
from shave.scene import Scene


class Widening(Protocol):
    """One rule, made once for an image. It may ask of the scene what it likes, and never what else is kept."""

    def __init__(self, scene: Scene) -> None: ...

    def roots(self) -> Iterable[Root]:
        """What stays in any case."""

    def links(self, path: str, head: bytes) -> Iterable[Link]:
        """What stays because the file or symlink at ``path`` does; ``head`` is the first 256 bytes of a file."""
