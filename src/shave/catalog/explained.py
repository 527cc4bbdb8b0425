"""What an image's records say about its entries: which unit owns each, and which layer brought it."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeVar

from shave import survey as surveying
from shave.catalog import Catalog, catalog, interest
from shave.events import Sink
from shave.image import Image
from shave.package import owners
from shave.survey import Survey
from shave.tree import Node

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

    def packed(self, node: Node) -> float:
        """Packed bytes of a visible node's body; a further name of an inode costs nothing."""
        return self.survey.packed(node.layer, node.entry) if counts(node) else 0.0


def _source(path: str) -> str:
    """Where the source of a compiled Python file is."""
    directory, _, name = path.rpartition("/")
    return f"{directory.removesuffix('__pycache__')}{name.partition('.')[0]}.py"


def counts(node: Node) -> bool:
    """Whether the node's bytes are counted at its path: it is a regular file, and the inode's first name."""
    return node.entry.kind == "file" and node.inode == (node.layer, node.entry.path)


def explain(image: Image, sink: Sink) -> Explained:
    """Survey an image and read its records."""
    found = surveying.survey(image, interest(), sink)
    return Explained(found, catalog(found))
