"""Python wheels: what is in them, where it belongs, and what each file must hash to.

Source: packaging.python.org, "Binary distribution format" (PEP 427, PEP 491), "Entry points specification", "Recording
installed projects". What pip overlooks is refused as the specification says: a file that RECORD does not have, or has
with another hash.
"""

import base64
import binascii
import configparser
import csv
import hashlib
import lzma
import re
import stat
import struct
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import BinaryIO, Literal, get_args
from zipfile import BadZipFile, ZipFile, ZipInfo

from msgspec import Struct
from packaging.utils import canonicalize_name

from shave import zip_reader
from shave.deb822 import paragraphs
from shave.errors import BadImageError, CannotError
from shave.tar_reader import WHITEOUT
from shave.tree import parents

Scheme = Literal["purelib", "platlib", "headers", "scripts", "data"]
_SCHEMES = get_args(Scheme)
_MAX_DIRECTORY = 16 << 20
MAX_TEXT = 16 << 20
"""Bytes of a file that is held in memory: metadata, RECORD, a script whose interpreter is to be written."""
_CHUNK = 256 << 10
_OTHER = "another version of it may be whole"
_HASHES = {"sha256": 32, "sha384": 48, "sha512": 64}
_SIGNATURES = ("RECORD.jws", "RECORD.p7s")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")  # PEP 508
_SCRIPT = re.compile(r"\w[\w.+-]*", re.ASCII)
_REFERENCE = re.compile(r"([\w.]+)\s*:\s*([\w.]+)\s*(?:\[[^]]*\])?\s*")
_BROKEN = (
    BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
)


class WheelFile(Struct, frozen=True):
    """A file: its ``name`` in the archive, and its ``path`` in the directory that its scheme means. ``digest`` is as
    RECORD has it ("sha256=…").
    """

    name: str
    scheme: Scheme
    path: str
    unpacked_bytes: int
    digest: str
    executable: bool


class Launcher(Struct, frozen=True):
    """A command that calls ``attribute`` of ``module``."""

    name: str
    module: str
    attribute: str


class Wheel(Struct, frozen=True):
    """What is in a wheel, but its RECORD; ``info`` is its directory of metadata ("flask-3.1.0.dist-info")."""

    archive: ZipFile
    name: str
    version: str
    info: str
    files: tuple[WheelFile, ...]
    launchers: tuple[Launcher, ...]

    def pieces(self, file: WheelFile) -> Iterator[bytes]:
        """A file's bytes. Raises BadImageError where they are others than RECORD says."""
        algorithm, _, expected = file.digest.partition("=")
        found = hashlib.new(algorithm)
        with self.archive.open(file.name) as stream:
            while piece := stream.read(_CHUNK):
                found.update(piece)
                yield piece
        if encoded(found.digest()) != expected:
            raise BadImageError(f"{file.name!r} is not the file that its RECORD has")


@contextmanager
def opened(path: Path, name: str) -> Iterator[Wheel]:
    """The wheel at ``path``, called ``name`` in what is told of it; inside too, its faults are raised so.

    Raises BadImageError for what is no wheel, CannotError for a file that cannot be read.
    """
    try:
        with path.open("rb") as file:
            _bound(file)
            with ZipFile(file) as archive:
                yield _read(archive)
    except BadImageError as error:
        raise BadImageError(f"the wheel {name} is broken: {error}", error.hint or _OTHER) from error
    except _BROKEN as error:
        words = str(error)[:200] or "it is cut off"
        raise BadImageError(f"the wheel {name} is broken: {words}", _OTHER) from error
    except OSError as error:
        raise CannotError(f"the wheel {name} cannot be read: {error.strerror or error}", "look at the disk") from error


def encoded(digest: bytes) -> str:
    """A digest as RECORD has it."""
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _bound(file: BinaryIO) -> None:
    """zipfile holds the whole directory in memory."""

    def read(offset: int, length: int) -> bytes:
        file.seek(offset)
        return file.read(length)

    deque(zip_reader.members(read, file.seek(0, 2), (), _MAX_DIRECTORY), 0)


def _read(archive: ZipFile) -> Wheel:
    members = _members(archive)
    infos = {name.split("/")[0] for name in members if name.split("/")[0].endswith(".dist-info") and "/" in name}
    if len(infos) != 1:
        raise BadImageError(f"it has {len(infos)} directories of metadata at its top, where there must be one")
    info = infos.pop()
    version = _fields(archive, members, f"{info}/WHEEL").get("wheel-version", "")
    if not re.fullmatch(r"1\.[0-9]+", version):
        raise BadImageError(f"it has the format {version[:20]!r}, where 1.0 is known")
    metadata = _fields(archive, members, f"{info}/METADATA")
    name = metadata.get("name", "")
    if not _NAME.fullmatch(name) or canonicalize_name(name) != canonicalize_name(info.split("-")[0]):
        raise BadImageError(f"its metadata is of {name[:100]!r}, its directory {info[:100]!r}")
    record = _record(_text(archive, members, f"{info}/RECORD"))
    own = {f"{info}/{name}" for name in ("RECORD", *_SIGNATURES)}
    files = tuple(_file(member, record) for name, member in sorted(members.items()) if name not in own)
    launchers = tuple(_launchers(_text(archive, members, f"{info}/entry_points.txt")))
    return Wheel(archive, name, metadata.get("version", ""), info, files, launchers)


def _members(archive: ZipFile) -> dict[str, ZipInfo]:
    """The files by name, none of which leads elsewhere or is there twice."""
    found: dict[str, ZipInfo] = {}
    for member in archive.infolist():
        name, kind = member.filename, stat.S_IFMT(member.external_attr >> 16)
        if any(part in ("", ".", "..") or part.startswith(WHITEOUT) for part in name.removesuffix("/").split("/")):
            raise BadImageError(f"it has a file {name[:200]!r}, which cannot be in an image")
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise BadImageError(f"its {name[:200]!r} is no plain file")
        if not member.is_dir():
            if name in found:
                raise BadImageError(f"{name[:200]!r} is in it twice")
            found[name] = member
    for name in found:
        for above in parents(name):
            if above in found:
                raise BadImageError(f"{above[:200]!r} is in it as a file and as a directory")
    return found


def _file(member: ZipInfo, record: Mapping[str, str]) -> WheelFile:
    name, mode = member.filename, member.external_attr >> 16
    if name not in record:
        raise BadImageError(f"its RECORD does not have {name[:200]!r}, or no SHA-256 of it")
    scheme, path = _place(name)
    executable = scheme == "scripts" or (stat.S_ISREG(mode) and bool(mode & 0o111))
    return WheelFile(name, scheme, path, member.file_size, record[name], executable)


def _place(name: str) -> tuple[Scheme, str]:
    top, _, below = name.partition("/")
    if not (top.endswith(".data") and below):
        return "purelib", name
    said, _, path = below.partition("/")
    for scheme in _SCHEMES:
        if said == scheme and path:
            return scheme, path
    raise BadImageError(f"nobody knows where its {name[:200]!r} belongs")


def _text(archive: ZipFile, members: Mapping[str, ZipInfo], name: str) -> str:
    """A file of the metadata, empty if it is not there."""
    if name not in members:
        return ""
    if members[name].file_size > MAX_TEXT:
        raise BadImageError(f"its {name!r} has more than {MAX_TEXT >> 20} MiB")
    return archive.read(name).decode("utf-8", "replace")


def _fields(archive: ZipFile, members: Mapping[str, ZipInfo], name: str) -> dict[str, str]:
    return dict(next(paragraphs(_text(archive, members, name).replace("\r\n", "\n")), {}))


def _record(text: str) -> dict[str, str]:
    """The hash of each path that has a sound one."""
    found: dict[str, str] = {}
    try:
        for row in csv.reader(StringIO(text, newline="")):
            if len(row) > 1 and _is_digest(row[1]):
                found[row[0]] = row[1]
    except csv.Error as error:
        raise BadImageError(f"its RECORD is no CSV: {error}") from error
    return found


def _is_digest(text: str) -> bool:
    algorithm, _, digest = text.partition("=")
    try:
        return len(base64.urlsafe_b64decode(digest + "==")) == _HASHES.get(algorithm)
    except (binascii.Error, ValueError):
        return False


def _launchers(text: str) -> Iterator[Launcher]:
    parser = configparser.RawConfigParser(delimiters=("=",), strict=False)
    parser.optionxform = str  # type: ignore[assignment] # names have a case
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise BadImageError(f"its entry_points.txt cannot be read: {str(error).splitlines()[0][:200]}") from error
    for section in ("console_scripts", "gui_scripts"):
        for name, value in sorted(parser.items(section)) if parser.has_section(section) else ():
            found = _REFERENCE.fullmatch(value)
            if not found or not _SCRIPT.fullmatch(name):
                raise BadImageError(f"its command {name[:100]!r} is no command: {value[:100]!r}")
            yield Launcher(name, found[1], found[2])
