"""What detectors want to know of every visible file, found in one pass over the tree for all of them."""

from collections import defaultdict
from collections.abc import Mapping, Set

from msgspec import Struct

from shave.catalog.explained import Explained
from shave.finding import Place
from shave.tree import Node
from shave.waste.facts import Classifier, WasteFact, facts
from shave.waste.made import place

LARGE = 1 << 20
REPEATED = 4 << 10
"""Smaller files are not worth a link."""

Body = tuple[int, int]
"""A layer and where in it a body stands."""


class Hit(Struct, frozen=True, gc=False):
    """A body, and the fact about it."""

    fact: WasteFact
    place: Place


class Seen(Struct, frozen=True):
    """Visible files: what facts say, by kind; contents of at least 4 KiB that several have, by digest; those of at
    least 1 MiB; the paths of those that a catalogue has looked at, programs among them. Sorted by path, each body once.

    A body is a hit only if all of its names are waste.
    """

    hits: Mapping[str, tuple[Hit, ...]]
    repeated: Set[bytes]
    large: tuple[Node, ...]
    recorded: tuple[str, ...]


def seen(image: Explained) -> Seen:
    """Look at every file; ``image.once(seen)``."""
    look, fact_of = _Look(image), Classifier(facts())
    further: dict[Body, list[tuple[Node, WasteFact | None]]] = {}
    for node in image.survey.tree:
        entry = node.entry
        if entry.kind == "file":
            fact = fact_of(entry.path, entry.size)
            if node.inode == (node.layer, entry.path):
                look.at(node, fact)
            else:
                further.setdefault((node.layer, entry.offset), []).append((node, fact))
    for body, names in further.items():
        node, fact = names[0]
        all_waste = all(fact for _, fact in names)
        if _first_name_is_gone(image, node):
            look.at(node, fact if all_waste else None)
        elif not all_waste:
            look.hits.pop(body, None)
    return look.seen()


def _first_name_is_gone(image: Explained, node: Node) -> bool:
    first = image.survey.tree.nodes.get(node.inode[1])
    return first is None or first.inode != node.inode


class _Look:
    """What was found so far."""

    def __init__(self, image: Explained) -> None:
        self.image = image
        self.hits: dict[Body, Hit] = {}
        self.digests: set[bytes] = set()
        self.repeated: set[bytes] = set()
        self.large: list[Node] = []
        self.recorded: list[str] = []

    def at(self, node: Node, fact: WasteFact | None) -> None:
        """Look at a body once, with the fact about all its names."""
        entry = node.entry
        if fact:
            self.hits[node.layer, entry.offset] = Hit(fact, place(self.image, node))
        if entry.size >= REPEATED:
            (self.repeated if entry.digest in self.digests else self.digests).add(entry.digest)
            if entry.size >= LARGE:
                self.large.append(node)
        if entry.offset in self.image.survey.layers[node.layer].records.bodies:
            self.recorded.append(entry.path)

    def seen(self) -> Seen:
        """All of it."""
        kinds: defaultdict[str, list[Hit]] = defaultdict(list)
        for hit in self.hits.values():
            kinds[hit.fact.kind].append(hit)
        hits = {kind: tuple(found) for kind, found in kinds.items()}
        return Seen(hits, self.repeated, tuple(self.large), tuple(self.recorded))
