"""Evidence and the image it came from, apart and together again: ``record`` ties it down, ``apply`` carries it over.

Both are pure. Names change from build to build: temporary files, numbers of versions. What is recorded is free of the
first, and what is applied follows the second as far as that is certain (docs/evidence.md).
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec import Struct

from shave.evidence import Access, Evidence, EvidenceFile, Origin, Use, Version, unite
from shave.package import Package, owners, real_paths
from shave.tree import Tree, parents

_NUMBER = re.compile(r"\d+(?:\.\d+)*")


class Moved(Struct, frozen=True):
    """A recorded path that stands elsewhere now: at every path of ``to``, which are names of one file.

    ``was`` are the recorded versions of its owners, ``now`` those of the packages that they have become.
    """

    path: str
    to: tuple[str, ...]
    was: tuple[Version, ...]
    now: tuple[Version, ...]


class Stale(Struct, frozen=True):
    """A recorded path that is not in this image, and why nothing stands for it; versions as in ``Moved``."""

    path: str
    reason: str
    was: tuple[Version, ...]
    now: tuple[Version, ...]


class Applied(Struct, frozen=True):
    """Evidence as if it had been seen in this image, and what was not there as recorded."""

    evidence: Evidence
    moved: tuple[Moved, ...] = ()
    stale: tuple[Stale, ...] = ()


def record(evidence: Evidence, reference: str, tree: Tree, packages: Iterable[Package]) -> EvidenceFile:
    """The evidence with its ties to the image that was traced.

    A path that the image has not (a temporary file, a mount, /proc) is recorded as the nearest directory above.
    """
    known = tuple(packages)
    owned = owners(known)
    merged = unite(Evidence(evidence.image, evidence.tracer, tuple(_standing(evidence.accesses, tree))))
    uses = tuple(
        Use(access.path, access.how, access.probes, _owners(access.path, tree, owned)) for access in merged.accesses
    )
    named = {unit for use in uses for unit in use.owners}
    versions = sorted(Version(package.unit, package.version) for package in known if package.unit in named)
    return EvidenceFile((Origin(evidence.image, reference),), (evidence.tracer,), tuple(versions), uses)


def _standing(accesses: Iterable[Access], tree: Tree) -> Iterator[Access]:
    for access in accesses:
        how = tuple(way for way in access.how if way != "absent")
        if not how:
            continue
        if _own(access.path, tree) is not None:
            yield Access(access.path, how, access.probes)
        else:
            above = next((above for above in parents(access.path) if _own(above, tree) is not None), "/")
            yield Access(above, ("created",) if "created" in how else ("stat",), access.probes)


def _own(path: str, tree: Tree) -> str | None:
    """The path of the tree that ``path`` names itself, not where it leads if it is a symlink."""
    return tree.resolve(path, follow_last=False).path


def _owners(path: str, tree: Tree, owned: dict[str, str]) -> tuple[str, ...]:
    own = _own(path, tree)
    entry = tree.get(own) if own else None
    unit = owned.get(own) if own and entry and entry.kind != "directory" else None
    return (unit,) if unit else ()


def apply(file: EvidenceFile, image: str, tree: Tree, packages: Iterable[Package]) -> Applied:
    """The recorded evidence for the image of config digest ``image``.

    A path that is there applies as it is, whatever version owns it. One that is gone is looked for among the files of
    its package, or of a package with other numbers in its name, or among those of no package, as the path that differs
    in nothing but numbers, and in the fewest; if there is none, or more than one file, the path is stale.
    """
    known = tuple(packages)
    successors = _Successors(tree, known)
    recorded: dict[str, list[Version]] = {}
    for version in file.versions:
        recorded.setdefault(version.unit, []).append(version)
    accesses, moved, stale = [], [], []
    for use in file.uses:
        if _own(use.path, tree) is not None:
            accesses.append(Access(use.path, use.how, use.probes))
            continue
        was = tuple(version for unit in use.owners for version in recorded.get(unit, ()))
        paths, reason = successors.of(use)
        if reason:
            stale.append(Stale(use.path, reason, was, successors.versions(use)))
        else:
            accesses += [Access(path, use.how, use.probes) for path in paths]
            moved.append(Moved(use.path, paths, was, successors.versions(use)))
    evidence = unite(Evidence(image, f"{', '.join(file.tracers)} (earlier)", tuple(accesses)))
    return Applied(evidence, tuple(moved), tuple(stale))


class _Successors:
    """The paths of a tree by their shape and their owner's: the words without the numbers."""

    def __init__(self, tree: Tree, packages: tuple[Package, ...]) -> None:
        self.tree = tree
        self.packages = packages
        self.real = real_paths(tree)

    @cached_property
    def _paths(self) -> dict[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        owned = owners(self.packages)
        for path in self.tree.nodes:
            entry = self.tree.get(path)
            owner = "" if entry and entry.kind == "directory" else owned.get(path, "")
            found.setdefault((_shape(owner), _shape(path)), []).append(path)
        return found

    @cached_property
    def _units(self) -> dict[str, dict[str, Version]]:
        found: dict[str, dict[str, Version]] = {}
        for package in self.packages:
            found.setdefault(_shape(package.unit), {})[package.unit] = Version(package.unit, package.version)
        return found

    def versions(self, use: Use) -> tuple[Version, ...]:
        """The packages here that the use's owners are, or have become as far as their names tell."""
        units = ((owner, self._units.get(_shape(owner), {})) for owner in use.owners)
        return tuple(sorted({alike[unit] for owner, alike in units for unit in _nearest(owner, alike)}))

    def of(self, use: Use) -> tuple[tuple[str, ...], str]:
        """What stands for the use of a path that is gone: names of one file; or none, and why."""
        gone = self.real(use.path)
        alike = [path for owner in use.owners or ("",) for path in self._paths.get((_shape(owner), _shape(gone)), ())]
        nearest = _nearest(gone, alike)
        if not nearest:
            return (), "is gone"
        if len({self.tree.resolve(path).path or path for path in nearest}) > 1:
            return (), f"may be one of {len(nearest)} paths"
        return tuple(f"/{path}" for path in nearest), ""


def _shape(text: str) -> str:
    return _NUMBER.sub("\0", text)  # which no path has


def _distance(name: str, other: str) -> int:
    """In how many numbers two names of one shape differ; 3.11 is as near to 3.12 as can be, and less so to 3."""
    pairs = zip(_NUMBER.findall(name), _NUMBER.findall(other), strict=False)
    return sum(1 if one.count(".") == two.count(".") else 2 for one, two in pairs if one != two)


def _nearest(name: str, others: Iterable[str]) -> list[str]:
    """Those of the names, all of one shape, that differ least."""
    distances = {other: _distance(name, other) for other in others}
    least = min(distances.values(), default=0)
    return sorted(other for other, distance in distances.items() if distance == least)
