"""Small ELF files with sections of one's own, for readers of what compilers leave in programs."""

import struct
from collections.abc import Mapping

HEAD, SEGMENT, SECTION = 64, 56, 64
ADDRESS = 0x400000


def program(sections: Mapping[str, bytes], appended: bytes = b"") -> bytes:
    """A 64-bit program of one writable segment, mapped at ``ADDRESS``; the section table stands last but for what is
    appended.
    """
    names = b"\0" + b"".join(name.encode() + b"\0" for name in (*sections, ".shstrtab"))
    body, rows = b"", [bytes(SECTION)]
    for name, data in {**sections, ".shstrtab": names}.items():
        body += bytes(-len(body) % 16)
        at = names.index(b"\0" + name.encode() + b"\0") + 1
        offset = HEAD + 2 * SEGMENT + len(body)
        rows.append(struct.pack("<IIQQQQIIQQ", at, 1, 0, ADDRESS + offset, offset, len(data), 0, 0, 16, 0))
        body += data
    table = HEAD + 2 * SEGMENT + len(body)
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    head += struct.pack(
        "<HHIQQQIHHHHHH", 3, 62, 1, 0, HEAD, table, 0, 64, SEGMENT, 2, SECTION, len(rows), len(rows) - 1
    )
    load = struct.pack("<IIQQQQQQ", 1, 6, 0, ADDRESS, ADDRESS, table, table, 16)
    return head + load + bytes(SEGMENT) + body + b"".join(rows) + appended


def without_sections(data: bytes) -> bytes:
    """The program as sstrip leaves it: no section table is told of."""
    return data[:40] + bytes(8) + data[48:60] + bytes(4) + data[64:]
