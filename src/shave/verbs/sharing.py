"""What images have in common: bytes stored for all of them, and what a node with one of them pulls for another."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

Identity = Literal["digest", "diff ID"]
"""What makes two layers one: their blobs, or, where some image has none yet, their uncompressed tars."""


class Shared(Struct, frozen=True):
    """Packed bytes of an image's layers that no other image of the set has, and of those that one has.

    ``pull_bytes`` are the packed bytes that a node pulls which has one other image, by the order of the set; on a node
    that has the image itself, 0.
    """

    unique_bytes: int
    shared_bytes: int
    pull_bytes: tuple[int, ...]


class Sharing(Struct, frozen=True):
    """A set of images in one registry: ``stored_bytes`` counts each layer once, ``separate_bytes`` each image whole."""

    identity: Identity
    estimated: bool
    stored_bytes: int
    separate_bytes: int
    images: tuple[Shared, ...]


def sharing(images: Sequence[Mapping[str, int]], identity: Identity, estimated: bool) -> Sharing:
    """What images share, each given as the packed bytes of its layers by their identity."""
    count = Counter(layer for image in images for layer in image)
    stored: dict[str, int] = {}
    for image in images:
        stored.update(image)
    return Sharing(
        identity,
        estimated,
        sum(stored.values()),
        sum(sum(image.values()) for image in images),
        tuple(_shared(image, images, count) for image in images),
    )


def _shared(image: Mapping[str, int], images: Sequence[Mapping[str, int]], count: Counter[str]) -> Shared:
    unique = sum(packed for layer, packed in image.items() if count[layer] == 1)
    pulls = tuple(sum(packed for layer, packed in image.items() if layer not in other) for other in images)
    return Shared(unique, sum(image.values()) - unique, pulls)
