"""What runs showed: which paths were used, how, and by which probe."""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

How = Literal["opened", "executed", "listed", "stat", "link", "created", "absent"]


class Access(Struct, frozen=True):
    """One path of the container as it was asked for: absolute, symlinks and ``..`` not resolved.

    ``how`` is sorted: "opened" for its content, "executed", "listed" as a directory, "stat" for its metadata only,
    "link" for readlink, "created" by the run itself, "absent" when it was looked up and was not there. ``probes`` are
    the sorted names of the probes that used it ("start" before the first).
    """

    path: str
    how: tuple[How, ...]
    probes: tuple[str, ...]


class Evidence(Struct, frozen=True):
    """The accesses of all runs of one image (its config digest), sorted by path; ``tracer`` is what saw them."""

    image: str
    tracer: str
    accesses: tuple[Access, ...] = ()


def unite(first: Evidence, *others: Evidence) -> Evidence:
    """The evidence of all runs together. Commutative and idempotent in the accesses."""
    merged: dict[str, tuple[set[How], set[str]]] = {}
    for evidence in (first, *others):
        for access in evidence.accesses:
            how, probes = merged.setdefault(access.path, (set(), set()))
            how.update(access.how)
            probes.update(access.probes)
    return Evidence(first.image, first.tracer, tuple(_sorted(merged.items())))


def _sorted(merged: Iterable[tuple[str, tuple[set[How], set[str]]]]) -> Iterable[Access]:
    for path, (how, probes) in sorted(merged):
        yield Access(path, tuple(sorted(how)), tuple(sorted(probes)))
