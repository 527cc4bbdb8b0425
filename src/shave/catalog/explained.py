"""What an image's records say about its entries: which unit owns each, and which layer brought it."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeVar

from msgspec.structs import replace

from shave import survey as surveying
from shave.catalog import Catalog, catalog, interest
from shave.events import Sink
from shave.image import Image
from shave.package import owners
from shave.survey import Survey
from shave.tree import Node, Tree

T = TypeVar("T")


class Explained:
    """A surveyed image with what its records say. Never changed; what is dear is found when it is first asked for."""

    def __init__(self, survey: Survey, found: Catalog) -> None:
        self.survey, self.catalog = survey, found
        self._found: dict[Callable[..., Any], Any] = {}

    def once(self, find: Callable[["Explained"], T]) -> T:
        """What ``find`` finds of this image, found when it is first asked for: so detectors share what is dear."""
        if find not in self._found:
            self._found[find] = find(self)
        found: T = self._found[find]
        return found

    @cached_property
    def owners(self) -> Mapping[str, str]:
        """The unit of each path that has one: of two managers' the first manager's, of two of one manager's none."""
        return owners(self.catalog.packages)

    def first_name(self, node: Node) -> str:
        """The name at which a file's bytes are counted: of several visible ones the first, whatever a layer's order."""
        names = self.survey.tree.inodes.get(node.inode) if node.entry.kind == "file" else None
        return names[0] if names else node.entry.path

    def counts(self, node: Node) -> bool:
        """Whether a node's bytes are counted at its path."""
        return node.entry.kind == "file" and self.first_name(node) == node.entry.path

    def packed(self, node: Node) -> float:
        """Packed bytes of a visible node's body; a further name costs nothing."""
        return self.survey.packed(node.layer, node.entry) if self.counts(node) else 0.0


def explain(image: Image, sink: Sink) -> Explained:
    """Survey an image and read its records."""
    found = surveying.survey(image, interest(), sink)
    # what catalogues make of the tree for themselves goes with their own
    return Explained(found, catalog(replace(found, tree=Tree(found.tree.nodes))))
