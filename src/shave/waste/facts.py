"""What is known of wasteful paths: one table a fact in ``facts/*.toml``, read by slim, inspect and lint alike."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from msgspec import Struct, convert, field

from shave.facts import load
from shave.finding import Confidence
from shave.globs import matcher

FILES = ("secrets", "waste")
_BRACES = re.compile(r"\{([^{}]*)\}")
_SPECIAL = re.compile(r"[*?\[]")


class WasteFact(Struct, frozen=True, forbid_unknown_fields=True):
    """Globs over paths that are waste, those of them that are not, why, and where that is written down.

    ``kind`` says whose it is among the detectors. ``proven``: no program of the image reads it when that serves its
    purpose, and slim may drop it unasked. Smaller files than ``least_bytes`` are not meant.
    """

    name: str
    kind: str
    globs: tuple[str, ...]
    why: str
    source: str
    fix: str = ""
    keep: tuple[str, ...] = field(default=(), name="except")
    confidence: Confidence = "likely"
    proven: bool = False
    least_bytes: int = 0


@cache
def facts() -> tuple[WasteFact, ...]:
    """All facts, in the order in which they are asked; secrets are secrets before anything else."""
    return tuple(fact for name in FILES for fact in convert(load(name)["waste"], tuple[WasteFact, ...]))


def named(name: str) -> WasteFact:
    """The fact of this name."""
    return next(fact for fact in facts() if fact.name == name)


class Classifier:
    """The first fact that is about a path, for very many paths, best in sorted order.

    A fact is looked at where the path has a part that it must have: a directory or file name that a glob of it spells
    out, or an end of the file's name.
    """

    def __init__(self, known: Iterable[WasteFact]) -> None:
        self.facts = tuple(known)
        self._wasteful = [matcher(fact.globs) for fact in self.facts]
        self._kept = [matcher(fact.keep) for fact in self.facts]
        self._by_key = _by_key(self.facts)
        self._always = self._by_key.pop("", frozenset())
        self._directory: str | None = None
        self._above: frozenset[int] = frozenset()

    def __call__(self, path: str, size: int) -> WasteFact | None:
        """The fact about a file of so many bytes, or None."""
        directory, _, name = path.rpartition("/")
        if directory != self._directory:
            self._directory, self._above = directory, self._keyed(directory.split("/"), self._always)
        found = self._keyed((name, *_ends(name)), self._above)
        for number in sorted(found) if found else ():
            fact = self.facts[number]
            if size >= fact.least_bytes and self._wasteful[number](path) and not self._kept[number](path):
                return fact
        return None

    def _keyed(self, parts: Iterable[str], found: frozenset[int]) -> frozenset[int]:
        for part in parts:
            if part in self._by_key:
                found |= self._by_key[part]
        return found


def _by_key(known: Iterable[WasteFact]) -> dict[str, frozenset[int]]:
    keys: dict[str, set[int]] = {}
    for number, fact in enumerate(known):
        for glob in fact.globs:
            for plain in _choices(glob):
                keys.setdefault(_key(plain), set()).add(number)
    return {key: frozenset(numbers) for key, numbers in keys.items()}


def _choices(glob: str) -> Iterator[str]:
    """The globs that one with braces stands for."""
    braces = _BRACES.search(glob)
    if braces is None:
        yield glob
        return
    for choice in braces[1].split(","):
        yield from _choices(glob[: braces.start()] + choice + glob[braces.end() :])


def _key(glob: str) -> str:
    """What every path that the glob matches has as a part, or as the end or beginning of its name; "" for nothing."""
    *above, name = glob.split("/")
    if name and not _SPECIAL.search(name):
        return name
    needed = (*_ends(name), *reversed(above))
    return next((part for part in needed if part and not _SPECIAL.search(part)), "")


def _ends(name: str) -> tuple[str, str]:
    """What a file's name ends with, from the last dot, and what it begins with, up to the first that does not begin
    it; "" where there is none.
    """
    last, first = name.rfind("."), name.find(".", 1)
    return name[last:] if last >= 0 else "", name[: first + 1]
