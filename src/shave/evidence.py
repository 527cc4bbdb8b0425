"""What runs showed: which paths were used, how, and by which probe."""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

How = Literal["opened", "executed", "listed", "stat", "link", "created", "absent"]

USED: frozenset[How] = frozenset({"opened", "executed", "listed", "stat", "link", "created"})
"""What is more than to have been looked for."""


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


class Origin(Struct, frozen=True, order=True):
    """An image that was traced: its config digest, and the reference by which it was opened."""

    image: str
    reference: str


class Version(Struct, frozen=True, order=True):
    """A version of a unit (``dpkg:libc6:amd64``) that a traced image had."""

    unit: str
    version: str


class Use(Struct, frozen=True):
    """One path of a traced image, as an ``Access`` says it, and the units whose file it was.

    ``owners`` is sorted, and empty for directories and for what no package brought; builds may differ in the owner.
    """

    path: str
    how: tuple[How, ...]
    probes: tuple[str, ...]
    owners: tuple[str, ...] = ()


class EvidenceFile(Struct, frozen=True):
    """Evidence that outlives its image: what an evidence file holds. Each member is sorted, uses by path.

    ``versions`` are those of the owners of the uses, and of no other package. Every path was one of the image: what a
    run made or mounted stands as the nearest directory above it, and what was absent is left out (``recording``).
    """

    origins: tuple[Origin, ...] = ()
    tracers: tuple[str, ...] = ()
    versions: tuple[Version, ...] = ()
    uses: tuple[Use, ...] = ()


def unite_files(*files: EvidenceFile) -> EvidenceFile:
    """All that the files say. Commutative, associative and idempotent."""
    merged: dict[str, tuple[set[How], set[str], set[str]]] = {}
    for file in files:
        for use in file.uses:
            parts = merged.setdefault(use.path, (set(), set(), set()))
            parts[0].update(use.how)
            parts[1].update(use.probes)
            parts[2].update(use.owners)
    return EvidenceFile(
        tuple(sorted({origin for file in files for origin in file.origins})),
        tuple(sorted({tracer for file in files for tracer in file.tracers})),
        tuple(sorted({version for file in files for version in file.versions})),
        tuple(
            Use(path, tuple(sorted(how)), tuple(sorted(probes)), tuple(sorted(owners)))
            for path, (how, probes, owners) in sorted(merged.items())
        ),
    )
