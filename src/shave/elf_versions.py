"""Versions of symbols: what a program or library wants of each library it needs, and what a library has.

The loader refuses a program for one version that is missing ("version `GLIBC_2.38' not found"). Source: the LSB core
specification 5.0, "Symbol Versioning"; glibc, elf/dl-version.c.
"""

import struct
from collections.abc import Iterator

from msgspec import Struct

from shave.elf import Dynamic, Reader, at_address, dynamic

_VERNEED, _VERDEF = 0x6FFFFFFE, 0x6FFFFFFC
_WEAK = 2
_MOST_BYTES = 1 << 20
_MOST = 1024
"""More than any library has: libc.so.6 defines some forty."""


class Wanted(Struct, frozen=True):
    """A version that must be had of the library ``soname``."""

    soname: str
    version: str


class Versions(Struct, frozen=True):
    """What is wanted of others, but for what may be missing (weak); and what is had."""

    wanted: tuple[Wanted, ...] = ()
    defined: frozenset[str] = frozenset()


def versions(read: Reader) -> Versions:
    """The versions of an ELF file; none of what is none, or broken."""
    found = dynamic(read)
    if found is None:
        return Versions()
    tags = dict(found.tags)
    wanted = _wanted(found, _table(read, tags.get(_VERNEED)))
    return Versions(tuple(wanted), frozenset(_defined(found, _table(read, tags.get(_VERDEF)))))


def _table(read: Reader, address: int | None) -> bytes:
    return at_address(read, address, _MOST_BYTES) if address is not None else b""


def _wanted(dynamic: Dynamic, table: bytes) -> Iterator[Wanted]:
    """Each record names a file and is followed by versions of it."""
    for at, (_, count, file, auxiliary, _) in _chain(table, 0, dynamic.order + "HHIII"):
        soname = dynamic.text(file)
        for number, (_, (_, flags, _, name, _)) in enumerate(_chain(table, at + auxiliary, dynamic.order + "IHHII")):
            if number == count:
                break
            if not flags & _WEAK:
                yield Wanted(soname, dynamic.text(name))


def _defined(dynamic: Dynamic, table: bytes) -> Iterator[str]:
    """Each record has a name first; further ones are versions that it replaces."""
    for at, (*_, auxiliary, _) in _chain(table, 0, dynamic.order + "HHHHIII"):
        for _, (name, _) in _chain(table, at + auxiliary, dynamic.order + "II"):
            yield dynamic.text(name)
            break


def _chain(table: bytes, at: int, fields: str) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Records, the last field of each of which says how far the next is; 0 ends them."""
    size = struct.calcsize(fields)
    for _ in range(_MOST):
        if at + size > len(table):
            return
        record = struct.unpack_from(fields, table, at)
        yield at, record
        if not record[-1]:
            return
        at += record[-1]
