"""Tar streams by hand, so that every byte can lie.

Source of the fields: POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
"""

BLOCK = 512
END = bytes(2 * BLOCK)
OUT = b"../" * 20 + b"tmp/shave-was-here"
"""Where no case may ever write."""


def header(
    name: bytes,
    kind: bytes = b"0",
    size: int | bytes = 0,
    link: bytes = b"",
    *,
    mode: int | bytes = 0o644,
    uid: int | bytes = 0,
    gid: int | bytes = 0,
    mtime: int | bytes = 0,
    device: tuple[int | bytes, int | bytes] = (0, 0),
    magic: bytes = b"ustar\x0000",
    tail: bytes = b"",
    checksum: bytes = b"",
) -> bytes:
    """One header block: numbers are written in octal, bytes as they are; ``tail`` begins at the prefix (345)."""
    block = b"".join(
        (
            name[:100].ljust(100, b"\0"),
            _field(mode, 8),
            _field(uid, 8),
            _field(gid, 8),
            _field(size, 12),
            _field(mtime, 12),
            b" " * 8,
            kind,
            link[:100].ljust(100, b"\0"),
            magic.ljust(72, b"\0"),
            _field(device[0], 8),
            _field(device[1], 8),
            tail.ljust(167, b"\0"),
        )
    )
    return block[:148] + (checksum or b"%06o\0 " % sum(block)) + block[156:]


def _field(value: int | bytes, length: int) -> bytes:
    return b"%0*o\0" % (length - 1, value) if isinstance(value, int) else value.ljust(length, b"\0")


def base256(value: int, length: int) -> bytes:
    """GNU's binary form of a number, negative ones in two's complement."""
    field = bytearray((value % (1 << 8 * length)).to_bytes(length, "big"))
    field[0] |= 0x80
    return bytes(field)


def padded(body: bytes) -> bytes:
    return body + bytes(-len(body) % BLOCK)


def file(name: bytes, body: bytes = b"", **fields: object) -> bytes:
    return header(name, **{"size": len(body), **fields}) + padded(body)  # type: ignore[arg-type]


def directory(name: bytes, mode: int = 0o755) -> bytes:
    return header(name + b"/", b"5", mode=mode)


def symlink(name: bytes, target: bytes) -> bytes:
    return header(name, b"2", link=target, mode=0o777)


def hardlink(name: bytes, target: bytes) -> bytes:
    return header(name, b"1", link=target)


def pax(*records: tuple[bytes, bytes], kind: bytes = b"x") -> bytes:
    """An extended header with the right length of each record."""
    return raw_pax(b"".join(_record(key + b"=" + value) for key, value in records), kind)


def raw_pax(body: bytes, kind: bytes = b"x") -> bytes:
    return header(b"PaxHeaders/x", kind, len(body)) + padded(body)


def _record(text: bytes) -> bytes:
    length = len(text) + 2
    while len(b"%d %s\n" % (length, text)) != length:
        length += 1
    return b"%d %s\n" % (length, text)


def long(name: bytes, kind: bytes = b"L") -> bytes:
    """GNU's way to say a name (``L``) or a link's target (``K``) of any length."""
    return header(b"././@LongLink", kind, len(name), magic=b"ustar  \0") + padded(name)


def stream(*members: bytes) -> bytes:
    """A whole tar: members and the end."""
    return b"".join(members) + END
