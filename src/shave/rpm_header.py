"""The header of an RPM package as its database keeps it: values by tag.

Source: RPM's documentation, "RPM V4 Package Format", Header: the counts of entries and of data bytes, entries of
sixteen bytes (tag, type, where the value starts, how many), the data; all big-endian. A database's blob has no magic
before the counts.
"""

import struct
from collections.abc import Mapping

from msgspec import Struct

_COUNTS = struct.Struct(">II")
_ENTRY = struct.Struct(">IIII")
_MOST = 1 << 20
"""Values of a tag; a package of a hundred thousand files has fewer."""
_TAGS = (1 << 16) - 1
"""RPM itself refuses a header of more (hdrchkTags of lib/header.c)."""
_NUMBER = 4
_STRINGS = (6, 8, 9)
"""One string, several, and one in several languages."""


class Header(Struct, frozen=True):
    """Where each tag's values are: type, offset in ``data``, count. Values are read when they are asked for."""

    entries: Mapping[int, tuple[int, int, int]]
    data: bytes

    def strings(self, tag: int) -> list[str]:
        """The strings of a tag, none where it is not there; bytes that are not UTF-8 by ``surrogateescape``."""
        kind, offset, count = self.entries.get(tag, (0, 0, 0))
        if kind not in _STRINGS or not count:
            return []
        pieces = self.data[offset:].split(b"\0", min(count, _MOST))
        if len(pieces) <= count:
            raise ValueError(f"the strings of tag {tag} end before the last of {count}")
        return [piece.decode("utf-8", "surrogateescape") for piece in pieces[:count]]

    def string(self, tag: int) -> str:
        """The first string of a tag, "" where it is not there."""
        return next(iter(self.strings(tag)), "")

    def numbers(self, tag: int) -> list[int]:
        """The 32-bit numbers of a tag, none where it is not there."""
        kind, offset, count = self.entries.get(tag, (0, 0, 0))
        if kind != _NUMBER:
            return []
        if count > _MOST or offset + 4 * count > len(self.data):
            raise ValueError(f"the numbers of tag {tag} end before the last of {count}")
        return list(struct.unpack_from(f">{count}I", self.data, offset))


def parse(blob: bytes) -> Header:
    """The header in a database's blob. Raises ValueError for bytes that are none."""
    if len(blob) < _COUNTS.size:
        raise ValueError("a header ends before its counts")
    count, length = _COUNTS.unpack_from(blob)
    if count > _TAGS:
        raise ValueError(f"a header says that it has {count} tags, more than any of its kind")
    start = _COUNTS.size + count * _ENTRY.size
    if start + length > len(blob):
        raise ValueError(f"a header of {len(blob)} bytes says that it has {start + length}")
    entries = _ENTRY.iter_unpack(blob[_COUNTS.size : start])
    return Header({tag: (kind, at, many) for tag, kind, at, many in entries}, blob[start : start + length])
