"""The decision, made by pure code and saved before anything is written."""

from typing import Literal

from msgspec import Struct

from shave.reason import Reason

Grain = Literal["file", "unit", "waste"]
GRAINS: tuple[Grain, ...] = ("file", "unit", "waste")
Fate = Literal["whole", "split", "gone"]


class Kept(Struct, frozen=True, gc=False, omit_defaults=True):
    """A path that stays, with every reason known for it (never none), and the unit that it is of, "" if of none.

    ``bytes`` of a file of several names (hard links) stand at the first that stays, 0 at the others.
    """

    path: str
    bytes: int
    group: str
    reasons: tuple[Reason, ...]
    unit: str = ""


class Dropped(Struct, frozen=True, gc=False, omit_defaults=True):
    """A path that goes, the rule that dropped it, and the unit that it is of, "" if of none.

    ``bytes`` are 0 for a further name (a hard link) of a file that stays, or whose first name has them.
    """

    path: str
    bytes: int
    rule: str
    unit: str = ""


class Price(Struct, frozen=True):
    """What a grain keeps: bytes of the regular files (hard links once), files, units with a file among them, and on
    what the bytes rest: runs that used them, files that need them, or the habits of what stands around them.
    """

    grain: Grain
    content_bytes: int
    files: int
    units: int
    evidence_bytes: int
    need_bytes: int
    habit_bytes: int


class UnitFate(Struct, frozen=True):
    """What became of a unit: bytes and files kept and dropped. Of those dropped ``lost_files``, of ``lost_bytes``,
    are no documentation, manuals, tests, headers, translations, caches or bytecode beside its source: a unit that lost
    none is whole. One of which nothing but these and configuration stays is gone, and its manager's records do not name
    it. ``architecture`` and ``source`` are those of its package.
    """

    unit: str
    version: str
    fate: Fate
    kept_bytes: int
    dropped_bytes: int
    kept_files: int
    dropped_files: int
    lost_files: int
    lost_bytes: int
    architecture: str = ""
    source: str = ""


class Listing(Struct, frozen=True):
    """A directory that a run listed, and how many of its entries go: a program may miss them without looking one up."""

    path: str
    lost: int
    entries: int


class Plan(Struct, frozen=True):
    """Which paths of ``image`` (config digest) stay and go, sorted by path.

    ``asked`` is the grain the user asked for, ``grain`` the one that was used; they differ when the evidence is thin.
    ``prices`` say what each grain would keep, ``units`` what becomes of each package of the catalogue, in its order,
    ``listings`` which listed directories lose entries.
    """

    image: str
    grain: Grain
    asked: Grain
    thin: bool
    kept: tuple[Kept, ...]
    dropped: tuple[Dropped, ...]
    prices: tuple[Price, ...] = ()
    units: tuple[UnitFate, ...] = ()
    listings: tuple[Listing, ...] = ()
