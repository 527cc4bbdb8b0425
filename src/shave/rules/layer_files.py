"""What the layers of an image say of a step: how many bytes of the steps before it go by it."""

from functools import cache

from shave.facts import load
from shave.globs import matcher
from shave.rules.known import BuiltImage
from shave.waste.lost import How, lost

LEAST = 1 << 16
"""Bytes from which on a step is spoken of that no word of it gives away."""


@cache
def caches() -> tuple[str, ...]:
    """The globs of package managers' caches: rules about these say what a step that deletes them means."""
    return tuple(glob for row in load("waste")["waste"] if row["kind"] == "caches" for glob in row["globs"])


def deleted(image: BuiltImage, step: int) -> int:
    """The bytes of what a step deletes that a step before it wrote; of caches none."""
    return _lost(image, step, ("deleted", "hidden"), image.base_layers)


def replaced(image: BuiltImage, first: int, second: int) -> int:
    """The bytes of what one step wrote and another wrote over or deleted; of caches none."""
    layer = image.layers.get(first)
    return 0 if layer is None else _lost(image, second, ("deleted", "hidden", "overwritten", "rewritten"), layer, layer)


def _lost(image: BuiltImage, step: int, hows: tuple[How, ...], first: int, last: int | None = None) -> int:
    """The bytes of what a step took from the layers ``first`` to ``last``; none of a layer that steps share."""
    culprit = image.layers.get(step)
    if culprit is None or list(image.layers.values()).count(culprit) > 1:
        return 0
    layers, is_cache = range(first, culprit if last is None else last + 1), matcher(caches())
    return sum(
        each.place.unpacked_bytes
        for each in image.explained.once(lost)
        if each.culprit == culprit and each.how in hows and each.place.layer in layers and not is_cache(each.place.path)
    )
