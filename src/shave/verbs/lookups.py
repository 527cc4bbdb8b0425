"""What a run of another image looked for and did not find although the original has it. Pure.

A file that was asked for and is not there is seen even where the answers happen to be the same (docs/decisions/0012).
"""

from collections.abc import Iterator

from msgspec import Struct, structs

from shave.evidence import Access, Evidence
from shave.probe import ABSENT, Judgement, Verdict, Witness, total
from shave.tree import Tree, parents

FILE = "file"
"""The field of a witness that names a path."""

_READ = frozenset({"opened", "executed", "listed", "link"})
_WITNESS_LIMIT = 10


class Missing(Struct, frozen=True):
    """A path of the original's, as the other image asked for it or below a directory that it listed; ``probes`` did."""

    path: str
    probes: tuple[str, ...]


def sought(found: Evidence, original: Tree, other: Tree) -> tuple[Missing, ...]:
    """Every path that a run of ``other`` looked up, that its tree has not and the original's has."""
    absent = (access for access in found.accesses if "absent" in access.how)
    return tuple(Missing(access.path, access.probes) for access in absent if _lost(access.path, original, other))


def missing(used: Evidence, original: Tree, found: Evidence, other: Tree) -> tuple[Missing, ...]:
    """What the original's run read, and the other image asked for by its name or by listing its directory, in vain.

    An image on another base keeps its files elsewhere: a name is not missed that was found where the original has
    nothing, nor anything from a directory that has names of its own.
    """
    read = _read(used, original)
    elsewhere = _elsewhere(found, original, other)
    asked = (
        lost
        for lost in sought(found, original, other)
        if (original.resolve(lost.path).path or _name(lost.path)) in read
        and lost.path.rpartition("/")[2] not in elsewhere
    )
    known = {lost.path: lost for lost in _unlisted(read, found, original, other)}
    known |= {lost.path: lost for lost in asked}
    return tuple(known[path] for path in sorted(known))


def doubted(verdict: Verdict, lost: tuple[Missing, ...]) -> Verdict:
    """The verdict, knowing what was missed: an answer is not the same that was given without a file it asked for."""
    if not lost:
        return verdict
    first = verdict.judgements[0].probe
    names = {judged.probe for judged in verdict.judgements}
    return total(
        _doubted(judged, [it.path for it in lost if judged.probe in (names.intersection(it.probes) or {first})])
        for judged in verdict.judgements
    )


def _doubted(judged: Judgement, paths: list[str]) -> Judgement:
    if not paths:
        return judged
    room = _WITNESS_LIMIT - len(judged.witnesses)
    witnesses = (*judged.witnesses, *(Witness(FILE, path, ABSENT) for path in paths[: max(1, room)]))
    if judged.verdict != "same":
        return structs.replace(judged, witnesses=witnesses)
    more = f" (and {len(paths) - 1} more)" if len(paths) > 1 else ""
    reason = f"the same answer, but it looked in vain for {paths[0]}{more}, which the original read"
    return structs.replace(judged, verdict="unknown", reason=reason, witnesses=witnesses)


def _name(path: str) -> str:
    return path.strip("/")


def _lost(path: str, original: Tree, other: Tree) -> bool:
    """A symlink may be missing itself, or what it leads to."""
    return any(_has(original, path, follow) and not _has(other, path, follow) for follow in (True, False))


def _has(tree: Tree, path: str, follow: bool) -> bool:
    return tree.resolve(path, follow_last=follow).path is not None


def _reads(access: Access) -> bool:
    return not _READ.isdisjoint(access.how)


def _read(used: Evidence, original: Tree) -> set[str]:
    """The paths of the tree that were read, as they were called and as they are, and every directory above them."""
    names = {_name(access.path) for access in used.accesses if _reads(access)}
    names |= {resolved for name in names if (resolved := original.resolve(name).path)}
    return names.union(*(parents(name) for name in names))


def _elsewhere(found: Evidence, original: Tree, other: Tree) -> set[str]:
    """The last names of what the other image read of its own, where the original has nothing."""
    return {
        access.path.rpartition("/")[2]
        for access in found.accesses
        if _reads(access) and _has(other, access.path, True) and not _has(original, access.path, True)
    }


def _unlisted(read: set[str], found: Evidence, original: Tree, other: Tree) -> Iterator[Missing]:
    for access in found.accesses:
        here, there = other.resolve(access.path).path, original.resolve(access.path).path
        if "listed" not in access.how or here is None or there is None:
            continue
        now, before = _names(other, here), _names(original, there)
        if now <= before:
            lost = (f"{there}/{name}".lstrip("/") for name in before - now)
            yield from (Missing(f"/{path}", access.probes) for path in lost if path in read)


def _names(tree: Tree, directory: str) -> set[str]:
    return {path.rpartition("/")[2] for path in tree.children.get(directory, ())}
