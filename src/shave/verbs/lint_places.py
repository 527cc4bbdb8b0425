"""What each entry of a layer costs packed with the headers around it, for prices of whole directories.

Detectors of waste count bodies; here a cache of ten thousand directories costs what its directories do, too.
"""

from collections.abc import Callable, Iterator

from shave.catalog.explained import Explained
from shave.finding import Place
from shave.positions import stored_bytes
from shave.tar_header import BLOCK
from shave.tree import Entry

_HEADERS = 3 * BLOCK
"""A header, and one more with its body for what does not fit (PAX). What is more is of whiteouts."""


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
        positions, end = self.survey.layers[number].positions, 0
        for entry in self.survey.layers[number].index.entries:
            start = min(max(end, entry.offset - _HEADERS), entry.offset)
            end = _end(entry)
            size = entry.size if entry.kind == "file" else 0
            yield Place(entry.path, number, entry.offset, size, positions.between(start, end))


def _end(entry: Entry) -> int:
    stored = stored_bytes(entry)
    return entry.offset + stored + -stored % BLOCK
