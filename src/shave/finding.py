"""Something that costs bytes, and the edit that fixes it."""

from typing import Literal

from msgspec import Struct

Confidence = Literal["certain", "likely", "possible"]
"""No program can see these bytes; hardly one does; it depends on what the image is for."""


class Place(Struct, frozen=True, gc=False):
    """One entry of one layer (0 is the lowest) that a finding is about, and its bytes.

    ``offset`` is where its body starts in the layer: with the layer it tells entries of one path apart.
    ``packed_bytes`` are a share of the layer's blob.
    """

    path: str
    layer: int
    offset: int
    unpacked_bytes: int
    packed_bytes: float


class Finding(Struct, frozen=True):
    """What costs bytes: the rule that says so, what and where it is, what its fix saves, the fix in words.

    ``packed_bytes`` and ``unpacked_bytes`` are what the fix saves where nothing else is fixed; of ``counted_packed``
    and ``counted_unpacked`` the sums over all findings of an image count no byte twice. ``layers`` are those whose
    instructions wrote the bytes, the most of them first; ``culprit`` is the layer whose instruction made waste of them
    (a deletion, an overwriting), None where that is the same. ``places`` are sorted by packed bytes, the most first.
    """

    rule: str
    title: str
    detail: str
    fix: str
    confidence: Confidence
    places: tuple[Place, ...]
    layers: tuple[int, ...]
    culprit: int | None = None
    packed_bytes: int = 0
    unpacked_bytes: int = 0
    counted_packed: int = 0
    counted_unpacked: int = 0
