"""What each entry of a layer costs packed with the headers around it, for prices of whole directories.

Detectors of waste count bodies; here a cache of ten thousand directories costs what its directories do, too.
"""

from collections.abc import Callable, Iterator

from shave.catalog.explained import Explained
from shave.finding import Place
from shave.positions import stored_bytes
from shave.tar_header import BLOCK
from shave.tree import Entry


class Places:
    """The entries of an image's layers with their bytes; a layer is looked at when it is first asked for."""

    def __init__(self, image: Explained) -> None:
        self.survey = image.survey
        self._layers: dict[int, dict[str, Place]] = {}

    def layer(self, number: int) -> dict[str, Place]:
        """The entries of a layer by path; of two with one path the last."""
        if number not in self._layers:
            self._layers[number] = {place.path: place for place in self._all(number)}
        return self._layers[number]

    def within(self, number: int, wanted: Callable[[str], bool]) -> Iterator[Place]:
        """The entries of a layer that are wanted."""
        return (place for path, place in self.layer(number).items() if wanted(path))

    def of(self, place: Place) -> Place:
        """A body with the headers before it."""
        found = self.layer(place.layer).get(place.path)
        return found if found and found.offset == place.offset else place

    def _all(self, number: int) -> Iterator[Place]:
        """Only of files it is known where they are: what else is between two of them shares the bytes evenly."""
        layer = self.survey.layers[number]
        others: list[Entry] = []
        end = 0
        for entry in layer.index.entries:
            if entry.kind != "file" or entry.offset < end + BLOCK:
                others.append(entry)
                continue
            share = layer.positions.between(end, entry.offset) / (len(others) + 1)
            yield from (Place(each.path, number, 0, 0, share) for each in others)
            start, end, others = entry.offset, _end(entry), []
            yield Place(entry.path, number, start, entry.size, share + layer.positions.between(start, end))
        share = layer.positions.between(end, end + BLOCK * len(others)) / (len(others) or 1)
        yield from (Place(each.path, number, 0, 0, share) for each in others)


def _end(entry: Entry) -> int:
    stored = stored_bytes(entry)
    return entry.offset + stored + -stored % BLOCK
