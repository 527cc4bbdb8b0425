"""What the layers of an image say of a step: which files of its own earlier layers it deletes, and what they have."""

from collections import Counter
from collections.abc import Iterator, Mapping

from msgspec import convert

from shave.facts import load
from shave.globs import matcher
from shave.rules.known import BuiltImage

_MOST = 100
"""Paths that a finding names; the largest."""


def deleted(image: BuiltImage, step: int) -> Mapping[str, int]:
    """The bytes of what a step deletes that a step before it wrote, by path; caches of package managers left out."""
    number = image.layers.get(step)
    if number is None or list(image.layers.values()).count(number) > 1:
        return {}
    below, index = _written(image, number), image.explained.survey.layers[number].index
    sizes = {path: below[path] for path in (*index.whiteouts, *index.opaque) if below.get(path)}
    largest = sorted(sizes, key=lambda path: -sizes[path])[:_MOST]
    return {path: sizes[path] for path in largest}


def _written(image: BuiltImage, number: int) -> Mapping[str, int]:
    """The bytes at and below each path that layers between the base image's and this one have."""
    found: Counter[str] = Counter()
    is_cache = matcher(_caches())
    for layer in image.explained.survey.layers[image.base_layers : number]:
        for entry in layer.index.entries:
            if entry.kind == "file" and entry.size and not is_cache(entry.path):
                found.update(dict.fromkeys(_above(entry.path), entry.size))
    return found


def _above(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[: count + 1]) for count in range(len(parts)))


def _caches() -> tuple[str, ...]:
    rows = load("waste")["waste"]
    return convert([glob for row in rows if row["kind"] == "caches" for glob in row["globs"]], tuple[str, ...])


def rewritten(image: BuiltImage, first: int, second: int) -> Mapping[str, int]:
    """The bytes of each file that one step wrote and another wrote over or deleted; caches are left out."""
    numbers = image.layers.get(first), image.layers.get(second)
    if numbers[0] is None or numbers[1] is None or numbers[0] == numbers[1]:
        return {}
    old, new = (image.explained.survey.layers[number].index for number in numbers if number is not None)
    gone = {*new.whiteouts, *(entry.path for entry in new.entries if entry.kind != "directory")}
    is_cache = matcher(_caches())
    found = ((entry.path, entry.size) for entry in old.entries if entry.kind == "file" and entry.path in gone)
    return {path: size for path, size in found if not is_cache(path)}
