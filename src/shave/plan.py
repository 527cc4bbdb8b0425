"""The decision, made by pure code and saved before anything is written."""

from typing import Literal

from msgspec import Struct

from shave.reason import Reason

Grain = Literal["file", "waste"]


class Kept(Struct, frozen=True, gc=False):
    """A path that stays, with every reason known for it (never none)."""

    path: str
    bytes: int
    group: str
    reasons: tuple[Reason, ...]


class Dropped(Struct, frozen=True, gc=False):
    """A path that goes, and the rule that dropped it."""

    path: str
    bytes: int
    rule: str


class Plan(Struct, frozen=True):
    """Which paths of ``image`` (config digest) stay and go, sorted by path.

    ``asked`` is the grain the user asked for, ``grain`` the one that was used; they differ when the evidence is thin.
    """

    image: str
    grain: Grain
    asked: Grain
    thin: bool
    kept: tuple[Kept, ...]
    dropped: tuple[Dropped, ...]
