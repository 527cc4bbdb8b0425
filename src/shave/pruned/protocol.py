"""What must be able to rewrite a package manager's records: read what a plan leaves, and give records that say so."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Protocol

from msgspec import Struct

from shave.catalog.reading import Reading
from shave.needs.protocol import Files
from shave.package import Package
from shave.plan import Fate, UnitFate


class Remains(Struct, frozen=True, dict=True):
    """What a plan leaves of an image: the paths that stay, and each package of the catalogue with its fate."""

    files: Files
    kept: frozenset[str]
    packages: tuple[tuple[Package, UnitFate], ...]

    @cached_property
    def reading(self) -> Reading:
        """The image's records, read in bounded memory."""
        return Reading(self.files)

    @cached_property
    def units(self) -> Mapping[str, tuple[Package, UnitFate]]:
        """The packages of the system's managers by unit."""
        return {package.unit: (package, fate) for package, fate in self.packages if package.manager in SYSTEM}

    def fate(self, unit: str) -> Fate | None:
        """What becomes of a package of the system; None for one that is not installed."""
        return self.units[unit][1].fate if unit in self.units else None

    def stays(self, path: str) -> bool:
        """Whether a path, as records write it, is in the result."""
        real = self.reading.real(path)
        return not real or real in self.kept

    def rewritten(self, records: Iterable[str], rewrite: Callable[[str, str], str]) -> Iterator[tuple[str, bytes]]:
        """The records that stay, with what ``rewrite`` makes of their text and place.

        One that cannot be read stays as it is: the catalogue knows nothing of it either.
        """
        found = (self.files.tree.resolve(record).path for record in records)
        real = [path for path in dict.fromkeys(found) if path is not None and path in self.kept]
        for path, text in self.reading.each(real, lambda path: rewrite(self.reading.text(path), path)):
            if isinstance(text, str):
                yield path, text.encode("utf-8", "surrogateescape")


SYSTEM = ("dpkg", "apk", "rpm")


class Prune(Protocol):
    """The records of one package manager, rewritten. What they say of files and packages that stay is not touched."""

    def __call__(self, remains: Remains) -> Iterable[tuple[str, bytes]]: ...
