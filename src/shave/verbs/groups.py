"""What kinds of things an image keeps and loses, for people."""

from collections.abc import Callable, Mapping
from functools import cache

from msgspec import Struct, convert

from shave.facts import load
from shave.globs import matcher
from shave.plan import Plan


class _Group(Struct, frozen=True):
    name: str
    globs: tuple[str, ...]


@cache
def _groups() -> tuple[tuple[str, Callable[[str], bool]], ...]:
    return tuple((known.name, matcher(known.globs)) for known in convert(load("groups")["group"], tuple[_Group, ...]))


@cache
def group(path: str) -> str:
    """What kind of thing a path is, for people."""
    return next(name for name, matches in _groups() if matches(path))


def group_bytes(plan: Plan) -> Mapping[str, tuple[int, int, int]]:
    """Per group: bytes kept, bytes dropped, files kept; the most kept first."""
    sums: dict[str, list[int]] = {}
    for kept in plan.kept:
        row = sums.setdefault(kept.group, [0, 0, 0])
        row[0] += kept.bytes
        row[2] += kept.bytes > 0
    for dropped in plan.dropped:
        sums.setdefault(group(dropped.path), [0, 0, 0])[1] += dropped.bytes
    ordered = sorted(sums.items(), key=lambda item: (-item[1][0], -item[1][1], item[0]))
    return {name: (row[0], row[1], row[2]) for name, row in ordered}
