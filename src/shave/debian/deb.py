"""Debian binary packages: what their control archive says, and the plain tar of their files, in chunks.

Sources: deb(5), deb-control(5), deb-conffiles(5); dpkg-deb/extract.c of dpkg for what it overlooks:
members whose name begins with an underscore, and whatever stands behind data.tar.
"""

import bz2
import lzma
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol

from msgspec import Struct

from shave.compression import OUTPUT, Compression, decompress
from shave.deb822 import paragraphs
from shave.debian import ar
from shave.errors import BadImageError, CannotError
from shave.tar_reader import scan

MAX_CONTROL = 32 << 20
"""Bytes of a control archive, unpacked: the largest of Debian's have a few."""
OTHER = "another version of it may be whole"
_MAX_MEMBERS = 16
_MAX_VERSION = 4096
_MEMORY = 256 << 20  # four times what xz -9 needs (xz(1), "Memory usage")
_CHUNK = 64 << 10
_CONTROL = ("", ".gz", ".xz", ".zst")
_DATA = (*_CONTROL, ".bz2", ".lzma")
_WORDS = {
    "package": re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]*"),  # pkg_name_is_illegal of dpkg
    "version": re.compile(r"[A-Za-z0-9.+~:-]+"),
    "architecture": re.compile(r"[a-z0-9-]+"),
}
_NAME = re.compile(r"^([^\s:#-][^\s:]*)\s*:", re.MULTILINE)


class Deb(Struct, frozen=True):
    """A package: ``control`` as written, ``fields`` of it by name in lower case; ``others`` are the other files of the
    control archive by name (preinst, triggers, md5sums, …); ``data`` is the archive of its files.
    """

    path: Path
    name: str
    control: str
    fields: Mapping[str, str]
    others: Mapping[str, bytes]
    data: ar.Member

    def plain(self) -> Iterator[bytes]:
        """The tar of its files. Raises BadImageError for what cannot be decompressed, OSError for a lost file."""
        with self.path.open("rb") as file:
            yield from _plain(file, self.data)

    @property
    def written(self) -> dict[str, str]:
        """The same fields as dpkg writes them again: names in their case, a space before each line that continues."""
        names = {name.lower(): name for name in reversed(_NAME.findall(self.control))}
        names |= {name: name.capitalize() for name in (*_WORDS, "status")}
        return {names.get(name, name): value.replace("\n", "\n ") for name, value in self.fields.items()}

    @property
    def conffiles(self) -> tuple[str, ...]:
        """Paths of configuration that the package brings, as it writes them; not of what is to be removed."""
        text = self.others.get("conffiles", b"").decode("utf-8", "surrogateescape")
        lines = (line.strip() for line in text.split("\n"))
        return tuple(line for line in lines if line.startswith("/"))


def open(path: Path, name: str = "") -> Deb:  # noqa: A001 # deb.open
    """Read the control archive of a package file, called ``name`` in what is told of it.

    Raises BadImageError for what is no package, CannotError for a file that cannot be read.
    """
    with _named(name or path.name), path.open("rb") as file:
        control, data = _archives(file)
        files = _files(file, control)
        text = files.pop("control", b"").decode("utf-8", "surrogateescape")
        fields = next(paragraphs(text), {})
        for field, allowed in _WORDS.items():
            if not allowed.fullmatch(fields.get(field, "")):
                raise BadImageError(f"its control file has no field {field.capitalize()}, or an impossible one")
        return Deb(path, name or path.name, text, fields, files, data)


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Errors of what is done inside name the package."""
    try:
        yield
    except BadImageError as error:
        raise BadImageError(f"the package {name} is broken: {error}", error.hint or OTHER) from error
    except OSError as error:
        words = error.strerror or error
        raise CannotError(f"the package {name} cannot be read: {words}", "look at the disk") from error


def _archives(file: BinaryIO) -> tuple[ar.Member, ar.Member]:
    """The members control.tar and data.tar, of whatever compression."""
    found = islice(ar.members(file), _MAX_MEMBERS)
    _check_version(file, next(found, None))
    wanted = (member for member in found if not member.name.startswith("_"))
    control, data = next(wanted, None), next(wanted, None)
    for member, stem, endings in ((control, "control.tar", _CONTROL), (data, "data.tar", _DATA)):
        if member is None:
            raise BadImageError(f"it has no member {stem}")
        if member.name not in [stem + ending for ending in endings]:
            raise BadImageError(f"its member {member.name!r} stands where {stem} should, or is compressed unusually")
    assert control and data
    return control, data


def _check_version(file: BinaryIO, first: ar.Member | None) -> None:
    if first is None or first.name != "debian-binary":
        split = " but one part of a package (deb-split(5))" if first and first.name == "debian-split" else ""
        raise BadImageError(f"it is no Debian package{split}")
    file.seek(first.offset)
    version = file.read(min(first.size, _MAX_VERSION)).partition(b"\n")[0]
    if not re.fullmatch(rb"2\.[0-9]+", version):
        raise BadImageError(f"it has the format {version[:20]!r}, where 2.0 is known")


def _files(file: BinaryIO, member: ar.Member) -> dict[str, bytes]:
    """The plain files of a control archive by name."""
    data = b"".join(_bounded(_plain(file, member)))
    files = (entry for entry in scan((data,)).entries if entry.kind == "file" and "/" not in entry.path)
    return {entry.path: data[entry.offset : entry.offset + entry.size] for entry in files if entry.sparse is None}


def _bounded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_CONTROL:
            raise BadImageError(f"its control archive has more than {MAX_CONTROL >> 20} MiB, as none has")
        yield chunk


def _plain(file: BinaryIO, member: ar.Member) -> Iterator[bytes]:
    """A member's bytes as they were before it was compressed."""
    packed, ending = _chunks(file, member), member.name.rpartition(".")[2]
    try:
        if ending in _STREAMS:
            yield from _streams(packed, _STREAMS[ending])
        else:
            yield from decompress(packed, _COMPRESSIONS.get(ending, "none"))
    except BadImageError as error:
        raise BadImageError(f"{member.name}: {error}", error.hint) from error


def _chunks(file: BinaryIO, member: ar.Member) -> Iterator[bytes]:
    file.seek(member.offset)
    left = member.size
    while left and (chunk := file.read(min(_CHUNK, left))):
        left -= len(chunk)
        yield chunk
    if left:
        raise BadImageError("it is cut off")


class _Decompressor(Protocol):
    """What lzma and bz2 of the standard library have alike."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


_COMPRESSIONS: dict[str, Compression] = {"gz": "gzip", "zst": "zstd"}
_STREAMS: dict[str, Callable[[], _Decompressor]] = {
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _MEMORY),
    "lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, _MEMORY),
    "bz2": bz2.BZ2Decompressor,
}


def _streams(packed: Iterable[bytes], begin: Callable[[], _Decompressor]) -> Iterator[bytes]:
    """One stream after the other, with zeros between them as xz pads them. At most ``OUTPUT`` bytes are held."""
    stream: _Decompressor | None = None
    for chunk in packed:
        while chunk := chunk if stream else chunk.lstrip(b"\0"):
            stream = stream or begin()
            yield _decompressed(stream, chunk)
            while not (stream.eof or stream.needs_input):
                yield _decompressed(stream, b"")
            chunk = b""
            if stream.eof:
                chunk, stream = stream.unused_data, None
    if stream is not None:
        raise BadImageError("its stream is cut off")


def _decompressed(stream: _Decompressor, chunk: bytes) -> bytes:
    try:
        return stream.decompress(chunk, OUTPUT)
    except (lzma.LZMAError, OSError) as error:  # OSError is what bz2 raises
        raise BadImageError(f"its stream is broken: {error}") from error
