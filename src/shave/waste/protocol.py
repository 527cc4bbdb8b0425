"""What a detector must be able to do: find one kind of waste in an image."""

from collections.abc import Iterable
from typing import Protocol

from shave.catalog.explained import Explained
from shave.finding import Finding


class Detector(Protocol):
    """Finds one kind of waste. Each finding's ``places`` are entries of layers with their bytes; ``packed_bytes`` and
    ``unpacked_bytes`` are their sums. ``counted_packed`` and ``counted_unpacked`` are set by whoever ranks them all.

    The image may say anything: what a detector finds is bounded by its entries, and nothing raises.
    """

    def __call__(self, image: Explained) -> Iterable[Finding]: ...
