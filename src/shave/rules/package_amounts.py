"""What installed packages cost where there is no image: the table facts/package_sizes.toml, as far as it goes.

A base that has some of them already is not charged with them: facts/base_packages.toml.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache

from msgspec import Struct, convert

from shave.facts import load
from shave.lint import Amount
from shave.reference import short
from shave.rules.managers import APT, Manager

FACT = "build tools"
"""Whatever findings say of them, they are in the image once."""


class _Size(Struct, frozen=True):
    """A package's own bytes, and the packages that come with it."""

    packed_bytes: int
    unpacked_bytes: int
    needs: tuple[str, ...] = ()


class _Base(Struct, frozen=True):
    images: frozenset[str]
    but: tuple[str, ...]
    packages: frozenset[str]
    source: str


def new(base: str, names: Iterable[str]) -> frozenset[str]:
    """Of these packages those that a public image of this name has not already.

    >>> sorted(new("python:3.13", ("gcc", "ninja-build")))
    ['ninja-build']
    """
    return frozenset(names) - had(base) - _closure(_sizes(APT.unit), had(base))


def packages_amount(
    manager: Manager, base: str | None, names: Iterable[str], already: Iterable[str] = ()
) -> Amount | None:
    """What packages cost with all that comes with them, but for what is there ``already``, with what came with that;
    None where the table has none of them.
    """
    sizes = _sizes(manager.unit)
    there = _closure(sizes, (*had(base or ""), *already))
    brought = _closure(sizes, names) - there
    if not brought:
        return None
    return Amount(
        sum(sizes[name].packed_bytes for name in brought),
        sum(sizes[name].unpacked_bytes for name in brought),
        measured=False,
        source=load("package_sizes")["source"],
        fact=FACT,
    )


def _closure(sizes: Mapping[str, _Size], names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    todo = [name for name in names if name in sizes]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += sizes[name].needs
    return found


def had(base: str) -> frozenset[str]:
    """The packages that a public image is known to have."""
    name, tag = short(base)
    rows = (row for row in _bases() if any(fnmatchcase(name, glob) for glob in row.images))
    return frozenset(each for row in rows if not any(part in tag for part in row.but) for each in row.packages)


@cache
def _sizes(unit: str) -> Mapping[str, _Size]:
    return convert(load("package_sizes").get(unit, {}), dict[str, _Size])


@cache
def _bases() -> tuple[_Base, ...]:
    return convert(load("base_packages")["base"], tuple[_Base, ...])
