"""Visible files that a fact says are waste, found in one pass over the tree for all detectors that live on facts."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct

from shave.catalog.explained import Explained
from shave.finding import Confidence, Finding, Place
from shave.waste.facts import Classifier, WasteFact, facts
from shave.waste.made import finding, place

_ORDER: tuple[Confidence, ...] = ("possible", "likely", "certain")


class Hit(Struct, frozen=True, gc=False):
    """A body, and the fact about all its names."""

    fact: WasteFact
    place: Place


def hits(image: Explained) -> Mapping[str, tuple[Hit, ...]]:
    """The hits of each kind, sorted by path; ``image.once(hits)``. A body one name of which is no waste is none."""
    fact_of = Classifier(facts())
    linked = image.survey.tree.inodes
    several: set[tuple[int, str]] = set()
    found: defaultdict[str, list[Hit]] = defaultdict(list)
    for node in image.survey.tree:
        entry = node.entry
        if entry.kind != "file" or node.inode in several:
            continue
        fact = fact_of(entry.path, entry.size)
        if fact and node.inode in linked:
            several.add(node.inode)
            fact = fact if all(fact_of(name, entry.size) for name in linked[node.inode]) else None
        if fact:
            found[fact.kind].append(Hit(fact, place(image, node)))
    return {kind: tuple(those) for kind, those in found.items()}


def known(image: Explained, kind: str, title: str, fix: str) -> Iterator[Finding]:
    """One finding of all that the facts of a kind say."""
    found = image.once(hits).get(kind, ())
    if found:
        yield finding(kind, title, (hit.place for hit in found), fix=fix, confidence=least(found))


def least(found: tuple[Hit, ...]) -> Confidence:
    """How sure the least sure of the facts is."""
    return min((hit.fact.confidence for hit in found), key=_ORDER.index)
