"""Tar streams read as the container engines read them: entries with content hashes, in one pass, bodies never held.

Read are V7, ustar, pax, GNU and star headers, GNU long names, base-256 numbers, and every form of sparse file. Where
readers differ, Go's archive/tar is followed, for Docker, containerd and podman unpack with it: only regular files have
bodies, a stream may end without its two zero blocks, global pax headers change nothing (Docker and containerd skip
them), and whatever stands behind the two zero blocks is not looked at.
"""

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import unquote_to_bytes

from msgspec import Struct
from msgspec.structs import replace
from xxhash import xxh3_128_digest

from shave import pax, sparse
from shave.columns import ENTRIES, PATHS
from shave.errors import BadImageError
from shave.folded import Folder, Hold, hold_any
from shave.records import MAGIC, Keeper
from shave.tar_header import BLOCK, MAX_ID, MAX_PATH, ZEROS, bounded, name, normalise, number, text, verify
from shave.tar_stream import Stream
from shave.tree import Entry, Kind

WHITEOUT = ".wh."
INTERNAL = ".wh..wh."
OPAQUE = ".wh..wh..opq"
# More entries than any image known has by a factor of ten; without a bound a megabyte of gzip could fill the memory.
MAX_ENTRIES = 4_000_000
MAX_EXTENSION = 1 << 20
MAX_EXTENSIONS_TOTAL = 512 << 20
# XATTR_NAME_MAX and XATTR_SIZE_MAX of Linux: no container can have more.
MAX_XATTR_NAME = 255
MAX_XATTR = 1 << 16
MAX_DEVICE = (1 << 21) - 1
LIBARCHIVE_XATTR = "LIBARCHIVE.xattr."

KINDS: Final[dict[int, Kind]] = {
    0: "file",
    ord("0"): "file",
    ord("1"): "hardlink",
    ord("2"): "symlink",
    ord("3"): "character",
    ord("4"): "block",
    ord("5"): "directory",
    ord("6"): "fifo",
    ord("7"): "file",
    ord("S"): "file",
}
LONG_NAME, LONG_LINK, PAX, PAX_SUN, PAX_GLOBAL, OLD_SPARSE = (ord(letter) for letter in "LKxXgS")
EXTENSIONS = frozenset((LONG_NAME, LONG_LINK, PAX, PAX_SUN, PAX_GLOBAL))
EMPTY_DIGEST = xxh3_128_digest(b"")


class Contents(Struct, frozen=True):
    """What a layer's stream says: its entries in order, the paths it deletes below it, its opaque directories."""

    entries: Sequence[Entry]
    whiteouts: Sequence[str]
    opaque: Sequence[str]


class _Extension(Struct):
    """What extended headers say of the next entry."""

    name: bytes | None = None
    link: bytes | None = None
    records: list[tuple[str, bytes]] = []


def scan(chunks: Iterable[bytes], hold: Hold = hold_any, keeper: Keeper | None = None) -> Contents:
    """Read a whole tar stream, to the last chunk. Raises BadImageError naming entry and offset.

    What it says is held folded in memory; ``hold`` is told the bytes as they grow, and may refuse. ``keeper`` is shown
    the bodies of plain files that it wants.
    """
    stream = Stream(chunks, keeper)
    found = _Found(hold)
    path, offset = "", 0
    try:
        extension: _Extension | None = None
        while True:
            offset = stream.base + stream.at
            block = stream.take(BLOCK)
            if len(block) < BLOCK or block == ZEROS:
                _check_end(stream, block, extension)
                break
            verify(block)
            if block[156] in EXTENSIONS:
                extension = _extend(stream, block, extension or _Extension())
                continue
            entry = _extended(stream, block, extension) if extension else _entry(stream, block, offset + BLOCK)
            extension, path = None, entry.path
            found.add(entry)
        offset = stream.offset
        stream.drain()
        return found.contents()
    except BadImageError as error:
        where = f"at offset {offset}" + (f", after entry {path!r}" if path else "")
        raise BadImageError(f"{where}: {error}", error.hint) from error


def _check_end(stream: Stream, block: bytes, extension: _Extension | None) -> None:
    if extension or (block and len(block) < BLOCK):
        raise BadImageError("the tar stream is cut off")
    if block and stream.take(BLOCK).strip(b"\0"):
        raise BadImageError("a zero block stands between tar headers")


_owners: dict[bytes, tuple[int, int, int]] = {}
_times: dict[bytes, int] = {}


def _owner(field: bytes) -> tuple[int, int, int]:
    """Mode, uid and gid: three fields side by side that few values share, hence remembered as one."""
    found = _owners.get(field)
    if found is None:
        if len(_owners) > 1 << 14:
            _owners.clear()
        uid, gid = bounded(number(field[8:16]), MAX_ID, "owner"), bounded(number(field[16:24]), MAX_ID, "group")
        found = _owners.setdefault(field, (number(field[:8]) & 0o7777, uid, gid))
    return found


def _time(field: bytes) -> int:
    found = _times.get(field)
    if found is None:
        if len(_times) > 1 << 14:
            _times.clear()
        found = _times.setdefault(field, _sane_time(number(field) * pax.NANOSECONDS))
    return found


def _sane_time(nanoseconds: int) -> int:
    """Docker sets what no file system can hold to the epoch (pkg/system, chtimes.go)."""
    return nanoseconds if abs(nanoseconds) < 1 << 63 else 0


def _entry(stream: Stream, block: bytes, offset: int) -> Entry:
    """The entry of a header that nothing extends: nearly all of them, so nothing is done twice here."""
    kind = KINDS.get(block[156]) or _kind(block)
    mode, uid, gid = _owners.get(block[100:124]) or _owner(block[100:124])
    mtime = _times.get(block[136:148]) or _time(block[136:148])
    raw = name(block)
    path = raw.decode("utf-8", "surrogateescape")
    if raw[-1:] == b"/":
        path = path[:-1]
        if block[156] == 0:
            kind = "directory"
    if path[:1] in ("", ".", "/") or "//" in path or "/." in path or path[-1] == "/":
        path = normalise(raw) if kind == "directory" else _file_path(normalise(raw))
    if kind != "file":
        return _bodiless(kind, path, mode, uid, gid, mtime, text(block[157:257]), block)
    if block[156] == OLD_SPARSE:
        return _old_gnu_sparse(stream, block, Entry(path, kind, mode, uid, gid, mtime))
    size = number(block[124:136])
    digest = _body(stream, path, size) if size else EMPTY_DIGEST
    return Entry(path, kind, mode, uid, gid, mtime, size, "", NO_DEVICE, (), offset, digest)


NO_DEVICE = (0, 0)


def _body(stream: Stream, path: str, size: int) -> bytes:
    """Pass over a body, shown to whoever the keeper says looks at it; its digest."""
    if stream.keeper is None or size < 0:
        return stream.body(size)
    head = stream.peek(MAGIC)
    take = stream.keeper.take(path, size, stream.offset, head)
    if take is None:
        return stream.body(size)
    with take:
        return stream.watched(size, take.write)


def _kind(block: bytes) -> Kind:
    kind = KINDS.get(block[156])
    if kind is None:
        raise BadImageError(f"its entry {name(block)!r} has the unknown type {chr(block[156])!r}")
    return kind


def _file_path(path: str) -> str:
    if path:
        return path
    raise BadImageError("an entry that is no directory has no path")


def _bodiless(kind: Kind, path: str, mode: int, uid: int, gid: int, mtime: int, link: bytes, block: bytes) -> Entry:
    if kind == "directory":
        return Entry(path, kind, mode, uid, gid, mtime)
    if kind == "symlink":
        if not link or len(link) > MAX_PATH or b"\0" in link:
            raise BadImageError(f"the target of symlink {path!r} is impossible")
        target = link.decode("utf-8", "surrogateescape")
        return Entry(path, kind, mode, uid, gid, mtime, link=target)
    if kind == "hardlink":
        return Entry(path, kind, mode, uid, gid, mtime, link=_file_path(normalise(link)))
    if kind == "fifo":
        return Entry(path, kind, mode, uid, gid, mtime)
    major, minor = (bounded(number(block[at : at + 8]), MAX_DEVICE, "device number") for at in (329, 337))
    return Entry(path, kind, mode, uid, gid, mtime, device=(major, minor))


def _extend(stream: Stream, block: bytes, extension: _Extension) -> _Extension:
    """Read the body of an extended header into ``extension``."""
    size = bounded(number(block[124:136]), MAX_EXTENSION, "extended header's size")
    data = stream.take(size)
    stream.extensions += size + BLOCK
    if len(data) < size:
        raise BadImageError("the tar stream is cut off")
    if stream.extensions > MAX_EXTENSIONS_TOTAL:
        raise BadImageError("its extended headers are larger than any image's")
    stream.skip(-size % BLOCK)
    if block[156] == LONG_NAME:
        extension.name = text(data)
    elif block[156] == LONG_LINK:
        extension.link = text(data)
    elif block[156] != PAX_GLOBAL:
        extension.records = pax.parse(data)
    return extension


def _extended(stream: Stream, block: bytes, extension: _Extension) -> Entry:
    """The entry of a header that pax records or GNU long names extend."""
    records = {key: value for key, value in extension.records if value or key.startswith(pax.XATTR)}
    mode, uid, gid = _owner(block[100:124])
    uid = bounded(_decimal(records, "uid", uid), MAX_ID, "owner")
    gid = bounded(_decimal(records, "gid", gid), MAX_ID, "group")
    mtime = _sane_time(pax.parse_time(records["mtime"])) if "mtime" in records else _time(block[136:148])
    raw = extension.name or records.get("GNU.sparse.name") or records.get("path") or name(block)
    link = extension.link or records.get("linkpath") or text(block[157:257])
    kind: Kind = "directory" if block[156] == 0 and raw.endswith(b"/") else _kind(block)
    xattrs = _xattrs(records)
    path = normalise(raw) if kind == "directory" else _file_path(normalise(raw))
    if kind != "file":
        entry = _bodiless(kind, path, mode, uid, gid, mtime, link, block)
        return replace(entry, xattrs=xattrs) if xattrs else entry
    entry = Entry(path, kind, mode, uid, gid, mtime, xattrs=xattrs)
    if block[156] == OLD_SPARSE:
        return _old_gnu_sparse(stream, block, entry)
    size = _decimal(records, "size", number(block[124:136]))
    if "GNU.sparse.major" in records or "GNU.sparse.map" in records or "GNU.sparse.numblocks" in records:
        return _pax_sparse(stream, extension.records, records, entry, size)
    return replace(entry, size=size, offset=stream.offset, digest=_body(stream, path, size))


def _decimal(records: dict[str, bytes], key: str, default: int) -> int:
    value = records.get(key)
    if value is None:
        return default
    if not value.isdigit() or len(value) > 19:
        raise BadImageError(f"the pax record {key} is not a number")
    return int(value)


def _xattrs(records: dict[str, bytes]) -> tuple[tuple[str, bytes], ...]:
    """Extended attributes by name. libarchive writes its own form beside star's; star's is what engines read."""
    found: dict[str, bytes] = {}
    for key, value in records.items():
        if key.startswith(LIBARCHIVE_XATTR):
            plain = unquote_to_bytes(key.removeprefix(LIBARCHIVE_XATTR)).decode("utf-8", "surrogateescape")
            try:
                found.setdefault(plain, base64.b64decode(value + b"=" * (-len(value) % 4)))
            except binascii.Error as error:
                raise BadImageError(f"the extended attribute {plain!r} is not base64") from error
        elif key.startswith(pax.XATTR):
            found[key.removeprefix(pax.XATTR)] = value
    for key, value in found.items():
        if not 0 < len(key.encode("utf-8", "surrogateescape")) <= MAX_XATTR_NAME or "\0" in key:
            raise BadImageError(f"the extended attribute {key[:300]!r} has an impossible name")
        if len(value) > MAX_XATTR:
            raise BadImageError(f"the extended attribute {key!r} has {len(value)} bytes, more than Linux allows")
    return tuple(sorted(found.items()))


def _pax_sparse(
    stream: Stream, ordered: list[tuple[str, bytes]], records: dict[str, bytes], entry: Entry, stored: int
) -> Entry:
    """GNU.sparse 1.0 (the map stands in the body), 0.1 (one record) or 0.0 (a record for each number)."""
    if "GNU.sparse.major" in records:
        if (records["GNU.sparse.major"], records.get("GNU.sparse.minor")) != (b"1", b"0"):
            raise BadImageError(f"{entry.path!r} is a sparse file of an unknown format")
        numbers, length = stream.sparse_map(stored)
        return _sparse(stream, entry, numbers, _decimal(records, "GNU.sparse.realsize", 0), stored - length)
    if "GNU.sparse.map" in records:
        numbers = sparse.parse_list(records["GNU.sparse.map"], b",")
    else:
        parts = (value for key, value in ordered if key in ("GNU.sparse.offset", "GNU.sparse.numbytes"))
        numbers = sparse.parse_list(b",".join(parts), b",")
    return _sparse(stream, entry, numbers, _decimal(records, "GNU.sparse.size", 0), stored)


def _old_gnu_sparse(stream: Stream, block: bytes, entry: Entry) -> Entry:
    size, stored = number(block[483:495]), number(block[124:136])
    numbers, more = _old_segments(block[386:482]), block[482]
    while more:
        block = stream.take(BLOCK)
        if len(block) < BLOCK or len(numbers) > 2 * sparse.MAX_SEGMENTS:
            raise BadImageError(f"the sparse map of {entry.path!r} is cut off")
        numbers += _old_segments(block[:504])
        more = block[504]
    return _sparse(stream, entry, numbers, size, stored)


def _old_segments(table: bytes) -> list[int]:
    """Pairs of twelve-byte numbers up to the first that is empty."""
    numbers: list[int] = []
    for at in range(0, len(table), 24):
        if not table[at]:
            break
        numbers += (number(table[at : at + 12]), number(table[at + 12 : at + 24]))
    return numbers


def _sparse(stream: Stream, entry: Entry, numbers: list[int], size: int, stored: int) -> Entry:
    """The file with its map. Its hash is of the map and what is stored: a hole of an exabyte must cost nothing."""
    bounded(size, (1 << 63) - 1, "size")
    segments = sparse.checked(numbers, size, stored)
    offset = stream.offset
    digest = stream.body(stored, sparse.seed(size, segments))
    return replace(entry, size=size, offset=offset, digest=digest, sparse=segments)


class _Found:
    """Entries as they come, and apart from them what the AUFS names of the layer specification mean.

    Source: OCI image-spec layer.md, "Whiteouts"; other ``.wh..wh.`` names were aufs' own and mean nothing.
    """

    def __init__(self, hold: Hold) -> None:
        self.entries, self.whiteouts, self.opaque = Folder(ENTRIES, hold), Folder(PATHS, hold), Folder(PATHS, hold)
        self.add_entry, self.count = self.entries.add, 0

    def add(self, entry: Entry) -> None:
        """Take the next entry of the stream."""
        self.count += 1
        if self.count > MAX_ENTRIES:
            raise BadImageError(f"it has more than {MAX_ENTRIES} entries")
        if WHITEOUT not in entry.path or not self.is_mark(entry.path):
            self.add_entry(entry)

    def is_mark(self, path: str) -> bool:
        """Take a path that says what is below the layer, unless it does not."""
        parent, _, last = path.rpartition("/")
        if parent and not path.startswith(INTERNAL) and any(part.startswith(WHITEOUT) for part in parent.split("/")):
            raise BadImageError(f"the entry {path!r} is below a whiteout")
        if last == OPAQUE:
            self.opaque.add(parent)
        elif last.startswith(INTERNAL) or path.startswith(INTERNAL):
            return True
        elif last.startswith(WHITEOUT):
            hidden = last.removeprefix(WHITEOUT)
            if hidden in ("", ".", ".."):
                raise BadImageError(f"the whiteout {path!r} deletes nothing that can be named")
            self.whiteouts.add(f"{parent}/{hidden}" if parent else hidden)
        else:
            return False
        return True

    def contents(self) -> Contents:
        """All that was found."""
        return Contents(self.entries.folded(), self.whiteouts.folded(), self.opaque.folded())
