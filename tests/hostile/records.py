"""Package managers' records that are broken, and programs and archives that lie to whoever looks into them."""

import struct
import zlib

from hostile.case import Case, later, members
from hostile.tars import directory, file, header, symlink

DEEP = b"[" * 100_000
STATUS = b"Package: x\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n"
SQLITE = b"SQLite format 3\0"
MEBIBYTE = 1 << 20


def elf(sections: int, at: int, size: int = 64, names: int = 0) -> bytes:
    """An ELF header of 64 bits that claims a table of sections."""
    fields = struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, at, 0, 64, 56, 0, size, sections, names)
    return b"\x7fELF\2\1\1" + bytes(9) + fields


def jar(name: bytes, deflated: bytes, claimed: int, count: int = 1, at: int = 0) -> bytes:
    """A zip archive of one deflated member, whose directory names it ``count`` times and claims its size."""
    local = struct.pack("<4s5HLLLHH", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(deflated), claimed, len(name), 0)
    fields = (20, 20, 0, 8, 0, 0, 0, len(deflated), claimed, len(name), 0, 0, 0, 0, 0, at)
    listed = (struct.pack("<4s6HLLL5HLL", b"PK\1\2", *fields) + name) * count
    start = len(local) + len(name) + len(deflated)
    end = struct.pack("<4s4HLLH", b"PK\5\6", 0, 0, count & 0xFFFF, count & 0xFFFF, len(listed), start, 0)
    return local + name + deflated + listed + end


def zeros(size: int) -> bytes:
    """A thousandth of ``size`` bytes that inflate to so many."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    parts = [deflate.compress(bytes(MEBIBYTE)) for _ in range(size // MEBIBYTE)]
    return b"".join((*parts, deflate.flush()))


def nested(levels: int) -> bytes:
    """Jars in a jar in a jar."""
    inner = b"PK\5\6" + bytes(18)
    for level in range(levels):
        packed = zlib.compress(inner, 9, -15)
        inner = jar(b"BOOT-INF/lib/%d.jar" % level, packed, len(inner))
    return inner


BAD_STATUS = "var/lib/dpkg/status"

CASES = (
    Case("a dpkg status of noise", members([file(BAD_STATUS.encode(), bytes(range(256)) * 99)]), unread=BAD_STATUS),
    Case(
        "a dpkg status without an end",
        later(lambda: members([file(BAD_STATUS.encode(), STATUS + b"Description: " + b"x" * (40 << 20))])),
        unread=BAD_STATUS,
    ),
    Case("a dpkg status that is a directory", members([directory(b"var/lib/dpkg/status")])),
    Case("a dpkg status that is a pipe", members([header(b"var/lib/dpkg/status", b"6")])),
    Case("a dpkg status that leads to itself", members([symlink(b"var/lib/dpkg/status", b"status")])),
    Case("a dpkg database that leads out", members([symlink(b"var/lib/dpkg", b"../../../../../../etc")])),
    Case(
        "a package without a list of files",
        members([file(b"var/lib/dpkg/status", STATUS)]),
        unread="var/lib/dpkg/info",
    ),
    Case(
        "a package that owns everything above",
        members(
            [
                file(b"var/lib/dpkg/status", STATUS),
                file(b"var/lib/dpkg/info/x.list", b"/.\n/../../etc/passwd\n//\n/\0\n" + b"/a" * 9000),
            ]
        ),
    ),
    Case("an apk database of noise", members([file(b"lib/apk/db/installed", b"P:\0\nF:../..\nR:x\n\n" * 999)])),
    Case("an rpm database of noise", members([file(b"var/lib/rpm/rpmdb.sqlite", SQLITE + b"\xff" * 9999)])),
    Case(
        "documents nested a hundred thousand deep",
        members(
            [
                file(b"app/node_modules/x/package.json", DEEP),
                file(b"app/vendor/composer/installed.json", DEEP),
                file(b"opt/conda/conda-meta/x-1-0.json", DEEP),
                file(b"app/x.deps.json", DEEP),
            ]
        ),
    ),
    Case(
        "Python metadata that leads out",
        members(
            [
                file(b"usr/lib/python3/dist-packages/x-1.dist-info/METADATA", b"Name: x\nVersion: 1\n"),
                file(b"usr/lib/python3/dist-packages/x-1.dist-info/RECORD", b"../../../../../../etc/passwd,,\n" * 999),
            ]
        ),
    ),
    Case("an ELF file that ends at once", members([file(b"bin/x", b"\x7fELF")])),
    Case("an ELF file of 65535 sections at its end", members([file(b"bin/x", elf(65535, 1 << 62))])),
    Case("an ELF file whose sections are one", members([file(b"bin/x", elf(65535, 0, 0))])),
    Case("an ELF file whose names are beyond", members([file(b"bin/x", elf(2, 64, 64, 60000) + bytes(4096))])),
    Case("a jar of a gigabyte of zeros", members([file(b"x.jar", jar(b"META-INF/MANIFEST.MF", zeros(1 << 30), 99))])),
    Case("a jar in a jar forty deep", members([file(b"x.jar", nested(40))])),
    Case(
        "a jar of a million names for one member",
        members([file(b"x.jar", jar(b"META-INF/maven/a/b/pom.properties", zeros(1 << 20), 1 << 20, 60_000))]),
    ),
    Case(
        "a jar whose directory is beyond", members([file(b"x.jar", b"PK\3\4" + bytes(99) + b"PK\5\6" + b"\xff" * 18)])
    ),
    Case("a jar that is cut off", members([file(b"x.jar", jar(b"a", zeros(1 << 20), 1 << 20)[:-30])])),
    Case(
        "twenty thousand tiny records",
        members([file(b"app/node_modules/%d/package.json" % number, b"{}") for number in range(20_000)]),
    ),
)
