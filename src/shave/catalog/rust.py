"""Rust crates, from what cargo-auditable leaves in a program. Other programs of Rust's do not say what is in them.

Source: cargo-auditable's PARSING.md: zlib over JSON in the section ``.dep-v0``.
"""

import zlib
from collections.abc import Iterator

import msgspec
from msgspec import MsgspecError, Struct

from shave import elf
from shave.catalog.programs import programs
from shave.errors import BadImageError
from shave.needs.protocol import Files
from shave.package import Package, Unread
from shave.records import Read

_MAX_PACKED, _MAX_PLAIN = 1 << 20, 8 << 20
"""cargo-auditable's own readers stop at 8 MiB of JSON."""
_MAX_RATIO = 64
"""Lists of crates are packed to a fifth or so; many small bombs must not cost what one large one may."""
_MAX_COMMENT = 4096


class Crate(Struct, frozen=True):
    """A crate as the JSON has it. ``kind`` is "build" for one that only ran while others were built."""

    name: str
    version: str
    kind: str = "runtime"
    root: bool = False


class Audit(Struct, frozen=True):
    """The crates that a program was built from; one is the ``root``."""

    packages: tuple[Crate, ...]


def packages(files: Files) -> Iterator[Package | Unread]:
    """The crate that each program was built from, which owns it, and those linked into it."""
    return programs(files, _linked)


def _linked(path: str, _: int, read: Read) -> Iterator[Package]:
    found = audit(read)
    for crate in found.packages if found else ():
        if crate.root:
            yield Package("rust", crate.name, crate.version, (path,), kind=compiler(read))
        elif crate.kind != "build":
            yield Package("rust", crate.name, crate.version, within=path)


def glance(path: str, size: int, read: Read) -> None:
    """Look at what ``packages`` reads of a program."""
    if audit(read):
        compiler(read)


def audit(read: Read) -> Audit | None:
    """What cargo-auditable says of an ELF file; None if it says nothing. Raises BadImageError if it is broken."""
    found = elf.section(read, ".dep-v0")
    if found is None:
        return None
    if found.size > _MAX_PACKED:
        raise BadImageError(f"its list of crates has {found.size} bytes")
    try:
        inflater = zlib.decompressobj()
        plain = inflater.decompress(read(found.offset, found.size), min(_MAX_PLAIN, _MAX_RATIO * found.size + 1))
        if not inflater.eof:
            raise BadImageError("its list of crates is cut off, or too long")
        return msgspec.json.decode(plain, type=Audit)
    except (zlib.error, MsgspecError, UnicodeError, RecursionError) as error:
        raise BadImageError(f"its list of crates cannot be read: {error}") from error


def compiler(read: Read) -> str:
    """The compiler as it names itself ("rustc 1.95.0"), "" if it does not."""
    found = elf.section(read, ".comment")
    comments = read(found.offset, min(found.size, _MAX_COMMENT)).split(b"\0") if found else []
    named = [text.split()[:3] for text in comments if text.startswith(b"rustc version ")]
    return f"rustc {named[0][2].decode('utf-8', 'replace')}" if named and len(named[0]) == 3 else ""


GLANCES = {elf.MAGIC: glance}
