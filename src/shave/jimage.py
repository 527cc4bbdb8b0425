"""The ``lib/modules`` file of a Java runtime: which classes of which modules it has.

Source: OpenJDK, src/java.base/share/native/libjimage/imageFile.hpp (header, perfect hash, attributes of a location).
"""

import struct
from collections.abc import Callable

from msgspec import Struct

Reader = Callable[[int, int], bytes]
"""``read(offset, length)``: fewer bytes at the end of the file."""

_MAGIC, _SEED = 0xCAFEDADA, 0x01000193
_HEADER = 28
_LONGEST = 8 * 9
"""Eight attributes of at most eight bytes each, and a byte before each."""
_NAME_BYTES = 4096
_MODULE, _PARENT, _BASE, _EXTENSION, _OFFSET, _PACKED = range(1, 7)


class Modules(Struct, frozen=True):
    """An image of modules; ``order`` is the byte order of the machine it is for, the others are offsets in the file."""

    read: Reader
    order: str
    count: int
    locations: int
    strings: int
    bodies: int

    def has(self, module: str) -> bool:
        """Whether a module is in it."""
        return self.beginning(f"/{module}/module-info.class", 0) is not None

    def beginning(self, name: str, most: int) -> bytes | None:
        """The first bytes, at most so many, of "/MODULE/PATH"; none of what is packed; None if there is no such file.

        Bytes in a broken place are none as well.
        """
        try:
            found = self._location(name.encode("utf-8", "surrogateescape"))
        except struct.error:
            return None
        if found is None:
            return None
        return b"" if found.get(_PACKED) else self.read(self.bodies + found.get(_OFFSET, 0), most)

    def _location(self, name: bytes) -> dict[int, int] | None:
        """The attributes of what a name leads to; a name that is not there leads to another's."""
        row = self._number(_HEADER, _hash(name, _SEED) % self.count, "i")
        if row == 0:
            return None
        at = _hash(name, row) % self.count if row > 0 else -1 - row
        place = self._number(_HEADER + 4 * self.count, at, "I")
        found = _attributes(self.read(self.locations + place, _LONGEST))
        return found if self._name(found) == name else None

    def _number(self, table: int, row: int, kind: str) -> int:
        (number,) = struct.unpack(self.order + kind, self.read(table + 4 * row, 4))
        return int(number)

    def _name(self, found: dict[int, int]) -> bytes:
        module, parent, base, extension = (
            self.read(self.strings + found.get(each, 0), _NAME_BYTES).split(b"\0", 1)[0]
            for each in (_MODULE, _PARENT, _BASE, _EXTENSION)
        )
        above = (b"/" + module if module else b"") + b"/" + (parent + b"/" if parent else b"")
        return above + base + (b"." + extension if extension else b"")


def parse(read: Reader) -> Modules | None:
    """None for what is no such file."""
    head = read(0, _HEADER)
    for order in "<>":
        if len(head) == _HEADER and struct.unpack_from(f"{order}I", head)[0] == _MAGIC:
            count, locations, strings = struct.unpack_from(f"{order}III", head, 16)
            at = _HEADER + 8 * count
            return Modules(read, order, count, at, at + locations, at + locations + strings) if count else None
    return None


def _hash(name: bytes, seed: int) -> int:
    for byte in name:
        seed = (seed * _SEED & 0xFFFFFFFF) ^ byte
    return seed & 0x7FFFFFFF


def _attributes(data: bytes) -> dict[int, int]:
    """Each has a byte with its kind (five bits) and how many bytes follow but one; kind 0 ends them."""
    found, at = {}, 0
    while at < len(data) and data[at] >> 3:
        length = (data[at] & 7) + 1
        found[data[at] >> 3] = int.from_bytes(data[at + 1 : at + 1 + length], "big")
        at += 1 + length
    return found
