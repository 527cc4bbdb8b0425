"""Small .NET files for readers of what its publishing makes: assemblies, and programs with files bundled."""

import struct
from collections.abc import Mapping

from elves import program

MARK = bytes.fromhex("8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae")


def assembly(*, ready_to_run: bool = False, component: bool = False, cli: bool = True, plus: bool = True) -> bytes:
    """A PE file of one section, loaded at 0x2000, with a CLI header and what that points at."""
    optional = struct.pack("<H", 0x20B if plus else 0x10B).ljust(112 if plus else 96, b"\0")
    directories = [(0, 0)] * 14 + [(0x2000 if cli else 0, 72), (0, 0)]
    optional += b"".join(struct.pack("<II", *each) for each in directories)
    native = 0x2000 + 72 if ready_to_run else 0
    body = bytes(64) + struct.pack("<II", native, 12) + b"RTR\0" + struct.pack("<HHI", 9, 0, 0x20 if component else 0)
    section = b".text\0\0\0" + struct.pack("<4I", len(body), 0x2000, len(body), 0x200) + bytes(16)
    # 0xFD1D is amd64 compiled for Linux
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0xFD1D, 1, 0, 0, 0, len(optional), 0x2022)
    head = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + coff + optional + section
    return head.ljust(0x200, b"\0") + body


def bundle(files: Mapping[str, bytes], *, major: int = 6, packed: tuple[str, ...] = ()) -> bytes:
    """A program with files bundled as .NET of that bundle version does it: 1 is .NET Core 3, 2 is 5, 6 is 6 to 10."""
    bare = program({".data": bytes(8) + MARK})
    held, rows = b"", b""
    for path, data in files.items():
        rows += struct.pack("<qq", len(bare) + len(held), len(data))
        rows += (struct.pack("<q", len(data) if path in packed else 0) if major >= 6 else b"") + b"\1" + text(path)
        held += data
    header = struct.pack("<IIi", major, 0, len(files)) + text("id") + (bytes(40) if major >= 2 else b"") + rows
    return bare.replace(bytes(8) + MARK, struct.pack("<q", len(bare) + len(held)) + MARK) + held + header


def text(value: str) -> bytes:
    return bytes([len(value)]) + value.encode()
