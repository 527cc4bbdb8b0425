"""What a rule that leaves things out must be able to do."""

from typing import Protocol

from shave.scene import Scene


class Tightening(Protocol):
    """One rule, made once for an image: which paths do not stay merely because the unit around them does.

    What a run used, what another file needs and what the user asked for stays nevertheless.
    """

    def __init__(self, scene: Scene) -> None: ...

    def spares(self, path: str) -> str:
        """Why an unused path of a used unit goes, in words; "" if it stays."""
