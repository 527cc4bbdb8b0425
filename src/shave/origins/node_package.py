"""What is in the tarball of an npm package: its files as npm unpacks them, and its commands.

Sources: npm's documentation, package.json (bin, directories.bin); of npm pacote's ``fetcher.js``,
npm-normalize-package-bin, and bin-links' ``fix-bin.js``.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import basename, normpath
from typing import Any

import msgspec
from msgspec import Struct

from shave.allowance import Allowance
from shave.compression import decompress
from shave.errors import BadImageError, CannotError
from shave.lock import LockedModule
from shave.stage import copied
from shave.store import PlainLayer, read_body
from shave.tar_reader import WHITEOUT, Contents, scan
from shave.tree import Entry, LayerIndex, parents

_CHUNK = 256 << 10
_OTHER = "another version of it may be whole"
_MAX_TEXT = 16 << 20
_MANIFEST = re.compile(r"((?:node_modules/(?:@[^/]+/)?[^/]+/)*)package\.json")
"""The manifest of a package itself, or of one that it bundles."""
_WINDOWS = re.compile(rb"(#![^\n]+)\r\n")


class Command(Struct, frozen=True):
    """A command of a package, or of one that it bundles ``below`` ("node_modules/x/"), and the file that it is."""

    name: str
    below: str
    path: str


class NodePackage(Struct, frozen=True):
    """An unpacked package. ``files`` are by their path below its directory; ``plain`` has their bodies."""

    name: str
    plain: PlainLayer
    files: Mapping[str, Entry]
    commands: tuple[Command, ...]

    def read(self, path: str) -> bytes:
        """A file, or its beginning if that is large."""
        return read_body(self.plain, self.files[path], 0, _MAX_TEXT)


class _Manifest(Struct):
    name: Any = None
    bin: Any = None
    directories: Any = None


def opened(module: LockedModule, path: Path, place: Path, allowance: Allowance) -> NodePackage:
    """The package in the tarball at ``path``, whose plain tar is written to ``place``.

    Raises BadImageError for what is no tarball or cannot be in an image, CannotError for a full disk.
    """
    name = f"{module.name} {module.version}"
    try:
        with path.open("rb") as packed, place.open("wb") as file:
            chunks = decompress(iter(lambda: packed.read(_CHUNK), b""), "gzip")
            contents = scan(copied(allowance.spend(chunks), file), allowance.hold)
            plain = PlainLayer(place, 0, LayerIndex("", contents.entries, (), (), file.tell()), 0)
        files = _files(contents)
    except BadImageError as error:
        raise BadImageError(f"the npm package {name} is broken: {error}", error.hint or _OTHER) from error
    except OSError as error:
        words = error.strerror or error
        raise CannotError(
            f"the npm package {name} cannot be unpacked: {words}", "look at the disk and TMPDIR"
        ) from error
    manifests = {found[1]: _manifest(plain, files[path]) for path in files if (found := _MANIFEST.fullmatch(path))}
    own = manifests.get("", _Manifest()).name
    commands = (command for below, manifest in manifests.items() for command in _commands(below, manifest, files))
    return NodePackage(own if isinstance(own, str) else module.name, plain, files, tuple(commands))


def mended(body: bytes) -> bytes:
    """A script as Linux understands its first line."""
    return _WINDOWS.sub(rb"\1\n", body, count=1) if _WINDOWS.match(body) else body


def _files(contents: Contents) -> dict[str, Entry]:
    """Files alone, without the directory that all are in; .gitignore is .npmignore if there is none."""
    for hidden in (*contents.whiteouts, *contents.opaque):
        raise BadImageError(f"about {hidden!r} it has a file {WHITEOUT}*, which would mean a deletion in an image")
    found: dict[str, Entry] = {}
    for entry in contents.entries:
        path = entry.path.partition("/")[2]
        if entry.kind == "file" and path:
            if basename(path) == ".gitignore":
                path = f"{path.removesuffix('.gitignore')}.npmignore"
            if not (entry.path.endswith(".gitignore") and path in found):
                found[path] = entry
    for path in found:
        for above in parents(path):
            if above in found:
                raise BadImageError(f"{above!r} is in it as a file and as a directory")
    return found


def _manifest(plain: PlainLayer, entry: Entry) -> _Manifest:
    """What a package.json says: nothing if it is none, as npm goes by its lock file."""
    try:
        return msgspec.json.decode(read_body(plain, entry, 0, _MAX_TEXT).removeprefix(b"\xef\xbb\xbf"), type=_Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Manifest()


def _commands(below: str, manifest: _Manifest, files: Mapping[str, Entry]) -> Iterator[Command]:
    said = manifest.bin
    if isinstance(said, str):
        said = {manifest.name: said}
    elif isinstance(said, list):
        said = {basename(each): each for each in said if isinstance(each, str)}
    elif not isinstance(said, dict):
        said = _of_directory(below, manifest, files)
    for name, target in said.items():
        base = basename(_inside(re.sub(r"[\\:]", "/", name))) if isinstance(name, str) else ""
        path = f"{below}{_inside(target)}" if isinstance(target, str) else ""
        if base and path in files:
            yield Command(base, below, path)


def _of_directory(below: str, manifest: _Manifest, files: Mapping[str, Entry]) -> dict[str, str]:
    """Every file of ``directories.bin`` but hidden ones."""
    said = manifest.directories.get("bin") if isinstance(manifest.directories, dict) else None
    if not isinstance(said, str):
        return {}
    directory = f"{below}{_inside(said)}/"
    paths = [path.removeprefix(below) for path in files if path.startswith(directory)]
    return {basename(path): path for path in paths if "/." not in f"/{path}"}


def _inside(path: str) -> str:
    """A path of the package, whatever it says: ``join("/", path)`` of Node."""
    return normpath("/" + path.replace("\\", "/")).lstrip("/")
