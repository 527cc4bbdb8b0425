"""Findings that facts alone decide."""

from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Confidence, Finding
from shave.waste.made import finding
from shave.waste.seen import Hit, seen

_ORDER: tuple[Confidence, ...] = ("possible", "likely", "certain")


def hits(image: Explained, kind: str) -> tuple[Hit, ...]:
    """What the facts of a kind say."""
    return image.once(seen).hits.get(kind, ())


def known(image: Explained, kind: str, title: str, fix: str) -> Iterator[Finding]:
    """One finding of all that the facts of a kind say."""
    found = hits(image, kind)
    if found:
        yield finding(kind, title, (hit.place for hit in found), fix=fix, confidence=least(found))


def least(found: tuple[Hit, ...]) -> Confidence:
    """How sure the least sure of the facts is."""
    return min((hit.fact.confidence for hit in found), key=_ORDER.index)
