"""What an image may cost, as people write it: ``--max KEY=VALUE``, ``[check]`` of shave.toml."""

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final, Literal

from msgspec import Struct

from shave import quantity
from shave.errors import UsageError

Kind = Literal["bytes", "count", "ratio"]
KEYS: Final[Mapping[str, tuple[Kind, str]]] = {
    "packed": ("bytes", "packed bytes of the image"),
    "unpacked": ("bytes", "unpacked bytes of the image"),
    "content": ("bytes", "bytes of the files that a container sees"),
    "wasted": ("bytes", "unpacked bytes that no container sees"),
    "wasted.percent": ("ratio", "these, of all unpacked bytes"),
    "efficiency": ("ratio", "dive's efficiency, which may not be less"),
    "layers": ("count", "layers"),
    "layer.packed": ("bytes", "packed bytes of every layer"),
    "layer.unpacked": ("bytes", "unpacked bytes of every layer"),
    "unit.packed": ("bytes", "packed bytes of every unit"),
    "unit.unpacked": ("bytes", "unpacked bytes of every unit"),
    "unit:NAME.packed": ("bytes", "packed bytes of one unit, such as unit:dpkg:perl.packed"),
    "unit:NAME.unpacked": ("bytes", "its unpacked bytes"),
    "path:GLOB.packed": ("bytes", "packed bytes of all files that match, such as path:/usr/share/**.packed"),
    "path:GLOB.unpacked": ("bytes", "their unpacked bytes"),
    "growth.packed": ("bytes", "packed bytes that the image may have more than the one it is compared with"),
    "growth.unpacked": ("bytes", "unpacked bytes"),
    "growth.content": ("bytes", "content bytes"),
    "lowestEfficiency": ("ratio", "as efficiency"),
    "highestWastedBytes": ("bytes", "dive's wasted bytes"),
    "highestUserWastedPercent": ("ratio", "these, of the bytes above the base image"),
}
"""Every key, what it is a number of, and of what; NAME and GLOB stand for the user's own."""
FLOORS: Final = ("efficiency", "lowestEfficiency")
"""The keys whose value is the least that is allowed."""
GROWTH: Final = "growth."

_NUMBER = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?(%?)", re.ASCII)


class Budget(Struct, frozen=True):
    """A bound: ``key`` as in ``KEYS``, ``name`` the user's own for NAME or GLOB, and who set it (``--max``, a file).

    ``limit`` is the most (of ``FLOORS`` the least) that is allowed: bytes, a count, or a ratio (0.12 is 12 %).
    ``relative`` is set for growth that is given as a ratio of what the other image has.
    """

    key: str
    limit: float
    origin: str
    name: str = ""
    relative: bool = False

    @property
    def kind(self) -> Kind:
        """What the bound is a number of."""
        return "ratio" if self.relative else KEYS[self.key][0]

    @property
    def title(self) -> str:
        """The key as the user writes it."""
        return self.key.replace("NAME", self.name).replace("GLOB", self.name)


class Wanted(Struct, frozen=True):
    """The budgets that somebody set, and the reference that growth is measured against, if any."""

    budgets: tuple[Budget, ...] = ()
    against: str = ""


def of_word(text: str, origin: str = "--max") -> Budget:
    """The budget ``KEY=VALUE``. Raises UsageError for another key or a value that is not of its kind.

    >>> of_word("unit:dpkg:perl.packed=1.5MB")
    Budget(key='unit:NAME.packed', limit=1500000, origin='--max', name='dpkg:perl', relative=False)
    """
    key, equals, value = text.rpartition("=")
    if not equals or not key or not value:
        raise UsageError(f"{origin} {text!r} is no budget", "write KEY=VALUE, such as packed=200MB")
    return budget(key.strip(), value.strip(), origin)


def of_growth(text: str, origin: str = "--max-growth") -> Budget:
    """The growth ``[KEY=]VALUE``: of packed bytes unless another key is named; bytes or percent."""
    key, equals, value = text.rpartition("=")
    return budget(GROWTH + (key.strip() if equals else "packed"), value.strip(), origin)


def of_table(table: Mapping[str, Any], origin: str) -> Wanted:
    """``[check]`` of a settings file: the keys of ``KEYS``, ``max_growth`` and ``against``."""
    budgets = []
    for key, value in _flat(table):
        if key == "max_growth":
            budgets.append(of_growth(value, f"{origin}: max_growth"))
        elif key.startswith("max_growth."):
            budgets.append(of_growth(f"{key.removeprefix('max_growth.')}={value}", f"{origin}: max_growth"))
        elif key != "against":
            budgets.append(budget(key, value, origin))
    against = table.get("against", "")
    if not isinstance(against, str):
        raise UsageError(f"{origin}: against is no reference", 'write against = "docker://host/app:1"')
    return Wanted(tuple(budgets), against)


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """TOML takes the dot of ``layer.packed = "1MB"`` for a table."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield above + key, str(value)


def budget(written: str, value: str, origin: str) -> Budget:
    """The budget of a key as people write it. Raises UsageError for an unknown key, or another kind of value."""
    key, name = _key(written)
    if key not in KEYS:
        raise UsageError(f"{origin}: {written!r} is no budget", _near(written))
    where = f"{origin}: {written}"
    if key.startswith(GROWTH) and value.endswith("%"):
        return Budget(key, _share(value, where), origin, name, relative=True)
    return Budget(key, _VALUES[KEYS[key][0]](value, where), origin, name)


def _key(written: str) -> tuple[str, str]:
    """The key and the user's own name: ``unit:dpkg:perl.packed`` is ``unit:NAME.packed`` of ``dpkg:perl``."""
    subject, colon, rest = written.partition(":")
    name, dot, measure = rest.rpartition(".")
    if not (colon and name and dot):
        return written, ""
    return f"{subject}:{'NAME' if subject == 'unit' else 'GLOB'}.{measure}", name


def _near(written: str) -> str:
    near = get_close_matches(written, KEYS, 1, 0.8)
    return (f"did you mean {near[0]}? " if near else "") + f"known are {', '.join(KEYS)}"


def _share(text: str, what: str) -> float:
    """``12%`` or ``0.12`` as 0.12."""
    found = _NUMBER.fullmatch(text)
    if not found:
        raise UsageError(f"{what} is {text!r}, which is no share", "write 12% or 0.12")
    return float(found[1]) / (100 if found[2] else 1)


def _ratio(text: str, what: str) -> float:
    found = _share(text, what)
    if found > 1:
        raise UsageError(f"{what} is {text!r}, which is more than all", "write 12% or 0.12")
    return found


def _count(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise UsageError(f"{what} is {text!r}, which is no number", "write a number, such as 12")
    return int(text)


_VALUES: Mapping[Kind, Callable[[str, str], float]] = {"bytes": quantity.parse, "count": _count, "ratio": _ratio}
