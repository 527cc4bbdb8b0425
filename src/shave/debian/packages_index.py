"""A Packages file: the packages of one component of a suite, found by name without reading all.

Source: https://wiki.debian.org/DebianRepository/Format, "Packages" indices. As all known archives write it, a paragraph
begins with its Package field.
"""

import re
from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from shave.deb822 import paragraphs

_FIELD = b"Package: "


class PackagesIndex(Struct, frozen=True, dict=True):
    """The bytes of a Packages file."""

    data: bytes

    @cached_property
    def _places(self) -> dict[bytes, list[int]]:
        """Where the paragraphs of each name begin. A loop of ``find``: a regular expression takes three times as
        long for the sixty thousand packages of Debian.
        """
        found: dict[bytes, list[int]] = {}
        for at in self._starts():
            end = self.data.find(b"\n", at)
            found.setdefault(self.data[at + len(_FIELD) : end if end >= 0 else None].strip(), []).append(at)
        return found

    def _starts(self) -> Iterator[int]:
        if self.data.startswith(_FIELD):
            yield 0
        at = self.data.find(b"\n" + _FIELD)
        while at >= 0:
            yield at + 1
            at = self.data.find(b"\n" + _FIELD, at + 1)

    @property
    def names(self) -> Iterator[str]:
        """Every package's name."""
        return (name.decode("utf-8", "replace") for name in self._places)

    def named(self, name: str) -> Iterator[dict[str, str]]:
        """The paragraphs of a package, one for each version."""
        for at in self._places.get(name.encode(), ()):
            end = self.data.find(b"\n\n", at)
            yield from paragraphs(self.data[at : end if end >= 0 else None].decode("utf-8", "replace"))

    def providers(self, name: str) -> tuple[str, ...]:
        """The packages that provide ``name`` (Debian policy 7.5), sorted. This reads all."""
        pattern = rb"^Provides:.*[ ,]" + re.escape(name.encode()) + rb"(?=[ ,(\n]|$)"
        starts = (self.data.rfind(b"\n" + _FIELD, 0, found.start()) for found in re.finditer(pattern, self.data, re.M))
        heads = (self.data[at + 1 if at >= 0 else 0 :][:300].partition(b"\n")[0] for at in starts)
        return tuple(sorted({head.removeprefix(_FIELD).strip().decode("utf-8", "replace") for head in heads}))
