"""Findings from places: what all detectors say in the same way."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from posixpath import commonpath, dirname

from shave.catalog.explained import Explained
from shave.finding import Confidence, Finding, Place
from shave.tree import Node

_SHOWN = 3


def place(image: Explained, node: Node) -> Place:
    """The body of a visible file."""
    entry = node.entry
    return Place(entry.path, node.layer, entry.offset, entry.size, image.survey.packed(node.layer, entry))


def finding(
    rule: str,
    title: str,
    places: Iterable[Place],
    *,
    fix: str,
    confidence: Confidence,
    detail: str = "",
    culprit: int | None = None,
) -> Finding:
    """A finding about some places, whose bytes it adds up. Without ``detail`` it says where most of them are."""
    found = tuple(sorted(places, key=lambda each: (-each.packed_bytes, -each.unpacked_bytes, each.path)))
    return Finding(
        rule,
        title,
        detail or where(found),
        fix,
        confidence,
        found,
        by_layer(found),
        culprit,
        round(sum(each.packed_bytes for each in found)),
        sum(each.unpacked_bytes for each in found),
    )


def by_layer(places: Iterable[Place]) -> tuple[int, ...]:
    """The layers that some places are in, the most packed bytes first."""
    packed: Counter[int] = Counter()
    for each in places:
        packed[each.layer] += each.packed_bytes  # type: ignore[assignment] # a share of a blob has a fraction
    return tuple(sorted(packed, key=lambda layer: (-packed[layer], layer)))


def where(places: Sequence[Place]) -> str:
    """How many files and below which directories; the path where it is one file."""
    if len(places) == 1:
        return f"/{places[0].path}"
    groups: defaultdict[str, list[Place]] = defaultdict(list)
    for each in places:
        groups["/".join(each.path.split("/")[:-1][:2])].append(each)
    groups_by_size = sorted(groups.values(), key=lambda group: -sum(each.packed_bytes for each in group))
    shown = [f"/{commonpath([f'/{dirname(each.path)}' for each in group]).strip('/')}" for group in groups_by_size]
    more = f" and {len(shown) - _SHOWN} more places" if len(shown) > _SHOWN else ""
    return f"{len(places)} files below {', '.join(shown[:_SHOWN])}{more}"
