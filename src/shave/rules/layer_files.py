"""What the layers of an image say of a step: how many bytes of the steps before it go by it, what its programs have for
debuggers.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache

from shave.facts import load
from shave.finding import Place
from shave.globs import matcher
from shave.rules.known import BuiltImage
from shave.waste.debug import unstripped
from shave.waste.lost import How, Lost, lost

LEAST = 1 << 16
"""Bytes from which on a step is spoken of that no word of it gives away."""
_REPLACING: tuple[How, ...] = ("deleted", "hidden", "overwritten", "rewritten")
_LINKED = ("go:", "rust:")
"""Units of programs that say themselves what they were linked from."""


@cache
def caches() -> tuple[str, ...]:
    """The globs of package managers' caches: rules about these say what a step that deletes them means."""
    return tuple(glob for row in load("waste")["waste"] if row["kind"] == "caches" for glob in row["globs"])


def deleted(image: BuiltImage, step: int, but: tuple[str, ...]) -> int:
    """The bytes of what a step deletes that a step before it wrote; none of these globs."""
    return _lost(image, step, ("deleted", "hidden"), but, image.base_layers)


def replaced(image: BuiltImage, first: int, second: int) -> int:
    """The bytes of what one step wrote and another wrote over or deleted; of caches none."""
    layer = image.layers.get(first)
    return 0 if layer is None else _lost(image, second, _REPLACING, caches(), layer, layer)


def repeated(image: BuiltImage, step: int) -> list[int]:
    """The earlier layers of which a step wrote many bytes once more with the same content."""
    found: Counter[int] = Counter()
    for each in _losses(image, step):
        found[each.place.layer] += each.place.unpacked_bytes * (each.how == "rewritten")
    return sorted(layer for layer, count in found.items() if count >= LEAST)


def symbols(image: BuiltImage, layer: int) -> Iterator[Place]:
    """The symbols of programs that a layer has and no package manager brought: what a package brings is as its maker
    meant it, and some libraries of wheels do not bear to be stripped.
    """
    owners = image.explained.owners
    found = (place for place in image.explained.once(unstripped) if place.layer == layer)
    return (place for place in found if owners.get(place.path, _LINKED[0]).startswith(_LINKED))


def _lost(
    image: BuiltImage, step: int, hows: tuple[How, ...], but: tuple[str, ...], first: int, last: int | None = None
) -> int:
    """The bytes of what a step took from the layers ``first`` to ``last``."""
    is_excepted = matcher(but)
    return sum(
        each.place.unpacked_bytes
        for each in _losses(image, step)
        if each.how in hows
        and first <= each.place.layer <= (each.culprit if last is None else last)
        and not is_excepted(each.place.path)
    )


def _losses(image: BuiltImage, step: int) -> Iterator[Lost]:
    """What a step took from layers below its own; nobody knows it of a layer that steps share."""
    culprit = image.layers.get(step)
    if culprit is not None and list(image.layers.values()).count(culprit) == 1:
        yield from (each for each in image.explained.once(lost) if each.place.layer < each.culprit == culprit)
