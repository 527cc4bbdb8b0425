"""Tar streams that depend on their entries alone, in the form that every reader of layers agrees on.

A header is ustar where that can say all, else ustar after a pax extended header, as Go's archive/tar writes it; no GNU
extensions but GNU.sparse 1.0, no user and group names, no access and change times.
"""

from collections.abc import Iterable, Iterator

from shave import pax, sparse
from shave.tar_header import BLOCK
from shave.tree import Entry, Kind

END = bytes(2 * BLOCK)
TYPES: dict[Kind, bytes] = {
    "file": b"0",
    "hardlink": b"1",
    "symlink": b"2",
    "character": b"3",
    "block": b"4",
    "directory": b"5",
    "fifo": b"6",
}
_MAX_SEVEN_DIGITS = 8**7 - 1
_MAX_ELEVEN_DIGITS = 8**11 - 1


def tar(members: Iterable[tuple[Entry, Iterable[bytes]]]) -> Iterator[bytes]:
    """The stream of entries with their stored bodies (of a sparse file its data segments; else ``size`` bytes)."""
    for entry, body in members:
        yield header(entry)
        stored = 0
        for piece in body:
            stored += len(piece)
            yield piece
        if stored != stored_bytes(entry):
            raise ValueError(f"{entry.path!r} has {stored} bytes of body, its entry says {stored_bytes(entry)}")
        if stored % BLOCK:
            yield bytes(-stored % BLOCK)
    yield END


def stored_bytes(entry: Entry) -> int:
    """Bytes of an entry's body in a tar stream, without padding."""
    if entry.kind != "file":
        return 0
    return entry.size if entry.sparse is None else sum(length for _, length in entry.sparse)


def header(entry: Entry) -> bytes:
    """All that stands before an entry's stored data: a pax header where one is needed, the header, a sparse map."""
    mapping = sparse.serialise(entry.sparse) if entry.sparse is not None else b""
    size = stored_bytes(entry) + len(mapping)
    path = _encode((entry.path or ".") + "/" if entry.kind == "directory" else entry.path)
    records = _records(entry, path, size)
    extension = b""
    if records:
        data = pax.serialise(sorted(records.items()))
        extension = _block(_beside(path), b"x", size=len(data)) + data + bytes(-len(data) % BLOCK)
    own = _block(
        path,
        TYPES[entry.kind],
        (entry.mode, entry.uid, entry.gid),
        size,
        entry.mtime // pax.NANOSECONDS,
        _encode(entry.link),
        entry.device,
    )
    return extension + own + mapping


def _records(entry: Entry, path: bytes, size: int) -> dict[str, bytes]:
    """What ustar cannot say of the entry."""
    records = {f"{pax.XATTR}{name}": value for name, value in entry.xattrs}
    link = _encode(entry.link)
    if not path.isascii() or _split(path) is None:
        records["path"] = path
    if not link.isascii() or len(link) > 100:
        records["linkpath"] = link
    if entry.mtime % pax.NANOSECONDS or not 0 <= entry.mtime // pax.NANOSECONDS <= _MAX_ELEVEN_DIGITS:
        records["mtime"] = pax.format_time(entry.mtime)
    if size > _MAX_ELEVEN_DIGITS:
        records["size"] = b"%d" % size
    if entry.uid > _MAX_SEVEN_DIGITS:
        records["uid"] = b"%d" % entry.uid
    if entry.gid > _MAX_SEVEN_DIGITS:
        records["gid"] = b"%d" % entry.gid
    if entry.sparse is not None:
        records |= {"GNU.sparse.major": b"1", "GNU.sparse.minor": b"0", "GNU.sparse.name": path}
        records["GNU.sparse.realsize"] = b"%d" % entry.size
    return records


def _block(
    path: bytes,
    kind: bytes,
    owner: tuple[int, int, int] = (0, 0, 0),
    size: int = 0,
    mtime: int = 0,
    link: bytes = b"",
    device: tuple[int, int] = (0, 0),
) -> bytes:
    """A ustar header. What does not fit is cut or 0, for a pax record says it."""
    prefix, name = _split(path) or (b"", _ascii(path)[:100])
    head = b"".join(
        (
            _ascii(name).ljust(100, b"\0"),
            *(_octal(value, 7) for value in owner),
            _octal(size, 11),
            _octal(mtime, 11),
            b" " * 8,
            kind,
            _ascii(link)[:100].ljust(100, b"\0"),
            b"ustar\0" + b"00",
            bytes(64),
            *(_octal(value, 7) for value in device),
            _ascii(prefix).ljust(167, b"\0"),
        )
    )
    return head[:148] + b"%06o\0 " % sum(head) + head[156:]


def _split(path: bytes) -> tuple[bytes, bytes] | None:
    """Prefix and name of ustar, or None if the path is too long for them or has no slash where it must be cut."""
    if len(path) <= 100:
        return b"", path
    cut = path.find(b"/", len(path) - 101)
    if not 0 < cut <= 155 or cut == len(path) - 1:
        return None
    return path[:cut], path[cut + 1 :]


def _octal(value: int, digits: int) -> bytes:
    return b"%0*o\0" % (digits, value if 0 <= value < 8**digits else 0)


def _ascii(path: bytes) -> bytes:
    return path if path.isascii() else bytes(byte for byte in path if byte < 0x80)


def _beside(path: bytes) -> bytes:
    """The name of an entry's pax header for readers that do not know pax. Source: archive/tar, writer.go."""
    return b"PaxHeaders.0/" + _ascii(path.rstrip(b"/").rpartition(b"/")[2])[:80]


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
