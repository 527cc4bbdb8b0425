"""Smaller variants of public images, by their names: the table facts/smaller_bases.toml."""

from collections.abc import Iterator
from functools import cache

from msgspec import Struct, convert, field

from shave.facts import load


class SmallerBase(Struct, frozen=True):
    """An image that may serve instead of a larger one, and what it has not."""

    name: str
    lacks: str


class _Row(Struct, frozen=True):
    images: frozenset[str]
    lacks: str
    source: str
    smaller: str = ""
    instead: str = ""
    part: str = field(name="from", default="")


# Words in a tag that say that it is a small variant already, or one of another kind
_SMALL = ("slim", "alpine", "distroless", "chiseled", "jre", "musl", "nanoserver", "windows", "wheezy", "onbuild", "@")


def smaller(image: str) -> tuple[SmallerBase, ...]:
    """The smaller images of a name; none of one that is small already, or that is not known.

    >>> [each.name for each in smaller("docker.io/library/python:3.11")]
    ['docker.io/library/python:3.11-slim']
    >>> smaller("python:3.11-slim")
    ()
    """
    return tuple(_smaller(image))


def _smaller(image: str) -> Iterator[SmallerBase]:
    name, _, tag = image.rpartition(":") if ":" in image.rpartition("/")[2] else (image, "", "")
    short = name.removeprefix("docker.io/").removeprefix("library/")
    if any(word in image[len(name) :] for word in _SMALL):
        return
    for row in _rows():
        if short not in row.images:
            continue
        if row.instead and tag:
            yield SmallerBase(row.instead.replace("{tag}", tag), row.lacks)
        elif row.part and row.part in tag:
            yield SmallerBase(f"{name}:{tag.replace(row.part, row.smaller)}", row.lacks)
        elif row.smaller and not row.part:
            made = (
                row.smaller.replace("{tag}", tag) if tag not in ("", "latest") else row.smaller.removeprefix("{tag}-")
            )
            yield SmallerBase(f"{name}:{made}", row.lacks)


@cache
def _rows() -> tuple[_Row, ...]:
    return convert(load("smaller_bases")["base"], tuple[_Row, ...])
