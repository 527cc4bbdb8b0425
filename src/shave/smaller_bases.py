"""Smaller variants of public images, by their names: the table facts/smaller_bases.toml."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from msgspec import Struct, convert, field

from shave.facts import load


class SmallerBase(Struct, frozen=True):
    """An image that may serve instead of a larger one, and what it has not. ``family`` is its package manager, "" for
    the same one. ``programs`` that it has not are named with the package that brings them, "" for what compiles.
    """

    name: str
    lacks: str
    family: str = ""
    programs: Mapping[str, str] = {}


class _Row(Struct, frozen=True):
    images: frozenset[str]
    lacks: str
    source: str
    tags: str = ".*"
    smaller: str = ""
    instead: str = ""
    family: str = ""
    programs: str = ""
    part: str = field(name="from", default="")


# Words in a tag that say that it is a small variant already, or one of another kind
_SMALL = ("slim", "distroless", "chiseled", "jre", "nanoserver", "windows", "wheezy", "onbuild", "@")
_OTHER = ("alpine", "musl")
_SUITE = re.compile(r"(?:^|-)(trixie|bookworm|bullseye|buster|stretch|forky)$")


def smaller(image: str) -> tuple[SmallerBase, ...]:
    """The smaller images of a name; none of one that is small already, or that is not known.

    >>> [each.name for each in smaller("docker.io/library/python:3.11-bookworm")]
    ['docker.io/library/python:3.11-slim-bookworm']
    >>> smaller("python:3.11-slim")
    ()
    """
    return tuple(_smaller(image))


def _smaller(image: str) -> Iterator[SmallerBase]:
    name, _, tag = image.rpartition(":") if ":" in image.rpartition("/")[2] else (image, "", "")
    short = name.removeprefix("docker.io/").removeprefix("library/")
    if any(word in image[len(name) :] for word in _SMALL):
        return
    plain = "" if tag == "latest" else tag
    for row in _rows():
        is_other = not (row.part or row.instead) and any(word in tag for word in _OTHER)
        if short in row.images and not is_other and (found := re.fullmatch(row.tags, plain)):
            yield SmallerBase(_name(row, name, found), row.lacks, row.family, _programs(row.programs))


def _programs(table: str) -> Mapping[str, str]:
    return convert(load("smaller_bases")["programs"][table], dict[str, str]) if table else {}


def _name(row: _Row, name: str, found: re.Match[str]) -> str:
    tag = found[0]
    if row.instead:
        return row.instead.format(tag=tag, **found.groupdict(""))
    if row.part:
        return f"{name}:{tag.replace(row.part, row.smaller)}"
    suite = _SUITE.search(tag)
    parts = {"{tag}": tag, "{version}": _SUITE.sub("", tag), "{suite}": f"-{suite[1]}" if suite else ""}
    made = row.smaller
    for key, value in parts.items():
        made = made.replace(key, value)
    return f"{name}:{made.removeprefix('-')}"


@cache
def _rows() -> tuple[_Row, ...]:
    return convert(load("smaller_bases")["base"], tuple[_Row, ...])
