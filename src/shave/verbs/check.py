"""Whether an image keeps its budgets, and what each broken one blames. Only what the budgets ask for is found out."""

from collections.abc import Iterable
from heapq import nlargest
from typing import Final

from msgspec import Struct

from shave.budgets import FLOORS, GROWTH, Budget, Kind
from shave.events import Sink, silent
from shave.image import Image
from shave.verbs.blame import RULES, Blamed, Case, Subject

MOST_BLAMED: Final = 20
"""So many layers, units and paths are named for a broken budget."""


class Judged(Struct, frozen=True):
    """A budget, what was found, and, where it is broken, the most of what is to blame, the most bytes first.

    ``limit`` and ``found`` are numbers of ``kind``; ``least`` says that no less is allowed, else no more is.
    ``estimated`` marks packed bytes of a source that has none. ``matched`` is False where the image has nothing of the
    name or the glob that the budget is about: kept for certain, and perhaps a slip.
    """

    key: str
    origin: str
    kind: Kind
    limit: float
    found: float
    least: bool
    broken: bool
    estimated: bool
    blamed: tuple[Blamed, ...] = ()
    matched: bool = True


class Checked(Struct, frozen=True):
    """``shave.check/v1``: the budgets in the order they were given. ``against`` is the image that growth is measured
    against, if any is.
    """

    reference: str
    digest: str
    platform: str
    against: str
    broken: int
    budgets: tuple[Judged, ...]
    next: str


def check(image: Image, budgets: Iterable[Budget], against: Image | None = None, sink: Sink = silent) -> Checked:
    """Judge every budget. Raises UsageError for growth ``against`` no image.

    Budgets of packed bytes and of the number of layers read the manifest alone where there is one.
    """
    one, two = Subject(image, sink), Subject(against, sink) if against else None
    judged = tuple(_judge(Case(budget, one, two)) for budget in budgets)
    digest = image.manifest_digest if image.packed else image.config_digest
    reference, other = image.reference, against.reference if against else ""
    broken = [each for each in judged if each.broken]
    grown = any(each.key.startswith(GROWTH) for each in broken)
    advice = f"shave diff {other} {reference}" if grown else f"shave inspect {reference}"
    platform = str(image.config.platform)
    return Checked(reference, digest, platform, other, len(broken), judged, advice)


def _judge(case: Case) -> Judged:
    budget = case.budget
    find, blame = RULES[budget.key]
    found, least = find(case), budget.key in FLOORS
    broken = found < budget.limit if least else found > budget.limit
    estimated = case.measure == "packed" and not (
        case.image.image.packed and (not case.other or case.other.image.packed)
    )
    matched = bool(found or not budget.name or any(True for _ in blame(case)))
    blamed = tuple(nlargest(MOST_BLAMED, blame(case), key=lambda each: each.bytes)) if broken else ()
    return Judged(
        budget.title, budget.origin, budget.kind, budget.limit, found, least, broken, estimated, blamed, matched
    )
