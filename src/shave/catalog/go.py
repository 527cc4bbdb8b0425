"""Go modules, from the build information that the linker leaves in every program.

Source: Go's debug/buildinfo (buildinfo.go: the blob and its two forms) and runtime/debug (mod.go: its text).
"""

import struct
from collections.abc import Iterator

from msgspec import Struct

from shave import elf
from shave.catalog.programs import programs
from shave.errors import BadImageError
from shave.needs.protocol import Files
from shave.package import Package, Unread
from shave.records import Read

_MAGIC = b"\xff Go buildinf:"
_ALIGN, _HEADER = 16, 32
_BIG_ENDIAN, _INLINE = 1, 2
_LIMIT = 1 << 20
"""Of the blob and of each of its strings: a thousand modules make a tenth of it."""
_UNNAMED = 64 << 10
"""So much of the writable data is searched where there are no sections: the linker puts the blob first."""
_SENTINEL = 16


class Module(Struct, frozen=True):
    """A module that was linked in; ``source`` is the module that replaced its content, if one did."""

    path: str
    version: str
    source: str = ""


class Build(Struct, frozen=True):
    """How a program was built: the version of Go ("go1.22.3"), the main package's path, the modules.

    ``main`` is None where the program was built without modules, as Debian builds.
    """

    go: str
    path: str
    main: Module | None
    modules: tuple[Module, ...]


def packages(files: Files) -> Iterator[Package | Unread]:
    """The main module of each program, which owns it, and the modules within; without modules the main package."""
    return programs(files, _linked)


def _linked(path: str, _: int, read: Read) -> Iterator[Package]:
    found = build(read)
    if found:
        main = found.main or Module(found.path or path.rpartition("/")[2], "")
        yield Package("go", main.path, main.version, (path,), source=main.source, kind=found.go)
        for module in found.modules:
            yield Package("go", module.path, module.version, source=module.source, within=path)


def glance(path: str, size: int, read: Read) -> None:
    """Look at what ``packages`` reads of a program."""
    build(read)


def build(read: Read) -> Build | None:
    """The build information of an ELF file; None if Go did not link it. Raises BadImageError if it is broken."""
    blob = _blob(read)
    if len(blob) < _HEADER:
        return None
    if blob[15] & _INLINE:
        go, rest = _inline(blob[_HEADER:])
        text, _ = _inline(rest)
    else:
        pointers = (">" if blob[15] & _BIG_ENDIAN else "<") + ("Q" if blob[14] == 8 else "I") * 2
        go, text = (_pointed(read, address, pointers) for address in struct.unpack_from(pointers, blob, 16))
    return _parsed(go.decode("utf-8", "replace"), text) if go else None


def _blob(read: Read) -> bytes:
    """What begins with the magic, in the section made for it or, where the sections were stripped, in the data."""
    found = elf.section(read, ".go.buildinfo")
    if found:
        data = read(found.offset, min(found.size, _LIMIT))
    elif elf.section_names(read):
        return b""
    else:
        segment = elf.data_segment(read)
        data = read(segment.offset, min(segment.length, _UNNAMED)) if segment else b""
    at = data.find(_MAGIC)
    while at > 0 and at % _ALIGN:
        at = data.find(_MAGIC, at + 1)
    return data[at:] if at >= 0 else b""


def _inline(data: bytes) -> tuple[bytes, bytes]:
    """A string behind its length, a varint, and what follows it."""
    length = 0
    for at, byte in enumerate(data[:10]):
        length |= (byte & 0x7F) << 7 * at
        if byte < 0x80:
            end = at + 1 + length
            if end > len(data):
                break
            return data[at + 1 : end], data[end:]
    raise BadImageError("its Go build information is cut off")


def _pointed(read: Read, address: int, pointers: str) -> bytes:
    """The string whose header, its address and length, stands at an address: how it was before Go 1.18."""
    header = elf.at_address(read, address, struct.calcsize(pointers))
    if len(header) < struct.calcsize(pointers):
        return b""
    start, length = struct.unpack(pointers, header)
    if length > _LIMIT:
        raise BadImageError(f"its Go build information claims {length} bytes")
    return elf.at_address(read, start, length)


def _parsed(go: str, text: bytes) -> Build:
    """The lines between two sentinels of sixteen bytes (modload.ModInfoData of cmd/go)."""
    lines = text[_SENTINEL:-_SENTINEL].decode("utf-8", "replace").split("\n") if len(text) > 2 * _SENTINEL else []
    path, found = "", list[tuple[str, Module]]()
    for line in lines:
        word, *fields = line.split("\t")
        if word == "path" and fields:
            path = fields[0]
        elif word in ("mod", "dep") and len(fields) >= 2:
            found.append((word, Module(fields[0], fields[1])))
        elif word == "=>" and len(fields) >= 2 and found:
            kind, replaced = found[-1]
            found[-1] = kind, Module(replaced.path, fields[1] or replaced.version, fields[0])
    main = next((module for kind, module in found if kind == "mod"), None)
    return Build(go, path, main, tuple(module for kind, module in found if kind == "dep"))


GLANCES = {elf.MAGIC: glance}
