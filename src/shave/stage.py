"""An image in the making: strata of files over one another, each of one origin, before they become layers.

A stratum is a plain tar on disk whose index is in memory, so that bodies are read where they lie: of a Debian package
the data archive, of what is made up a tar of its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Literal

from msgspec import Struct
from msgspec.structs import replace

from shave.errors import CannotError
from shave.overlay import overlay
from shave.package import real_paths
from shave.store import PlainLayer, read_body
from shave.tar_reader import WHITEOUT, scan
from shave.tar_writer import tar
from shave.tree import Entry, LayerIndex, Tree

LayerName = Literal["system", "packages", "application"]
LAYERS: tuple[LayerName, ...] = ("system", "packages", "application")
"""The layers of the image, lowest first: Debian's packages and what their scripts do, language packages, the rest."""

Made = tuple[Entry, bytes]
"""A path that is made up, and its body: empty but for regular files."""


class Stratum(Struct, frozen=True):
    """Files of one origin. ``unit`` is a package's ("dpkg:libc6:amd64", "python:flask", "node:express") or says what
    else put them there ("spec:user", "copy:app"); ``plain`` says what they are, paths where the image has them.
    """

    unit: str
    layer: LayerName
    plain: PlainLayer


class MaintainerScript(Struct, frozen=True):
    """A script that dpkg would run: of which unit, its ``name`` (preinst, postinst, config), its bytes; or what goes
    with scripts (triggers, templates).
    """

    unit: str
    name: str
    text: bytes


class Remark(Struct, frozen=True):
    """What the user must know of the result: about which unit, in a sentence. ``stops`` if nothing may be written."""

    unit: str
    text: str
    stops: bool = False


class Stage(Struct, frozen=True, dict=True):
    """Strata, lowest first, and the tree they come to. It serves as ``needs.protocol.Files``; a node's ``layer`` is the
    number of its stratum.
    """

    strata: tuple[Stratum, ...] = ()

    @cached_property
    def tree(self) -> Tree:
        """The visible paths."""
        return overlay([stratum.plain.index for stratum in self.strata])

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        """Bytes of a regular file of the tree."""
        node = self.tree.nodes[path]
        return read_body(self.strata[node.layer].plain, node.entry, offset, length)

    def over(self, *strata: Stratum) -> "Stage":
        """This with more on top. What goes below a directory that is a symlink here goes where that leads."""
        return Stage((*self.strata, *(_landed(stratum, self.tree) for stratum in strata)))

    def origin(self, path: str) -> Stratum:
        """Where a visible path comes from."""
        return self.strata[self.tree.nodes[path].layer]


def _landed(stratum: Stratum, tree: Tree) -> Stratum:
    real, entries = real_paths(tree), list[Entry]()
    for entry in stratum.plain.index.entries:
        path = real(entry.path) if entry.path else ""
        there = tree.get(path)
        if not (entry.kind == "directory" and there and there.kind == "symlink"):
            link = real(entry.link) if entry.kind == "hardlink" else entry.link
            entries.append(replace(entry, path=path, link=link))
    index = replace(stratum.plain.index, entries=tuple(entries))
    return replace(stratum, plain=replace(stratum.plain, index=index))


def made(unit: str, layer: LayerName, members: Iterable[Made], place: Path) -> Stratum:
    """A stratum of made-up files, whose tar is written to ``place``. Members stand parents first, no path twice.

    Raises CannotError if the disk is full, and for names that would delete others.
    """
    return laid(unit, layer, ((entry, (body,)) for entry, body in members), place)


def laid(unit: str, layer: LayerName, members: Iterable[tuple[Entry, Iterable[bytes]]], place: Path) -> Stratum:
    """A stratum of files whose bodies come in pieces, as ``made``; each is read before the next member is asked for."""
    contents = scan(_written(unit, tar(members), place))
    for path in (*contents.whiteouts, *contents.opaque):
        sentence = f"about /{path} {unit} has a file {WHITEOUT}*, which would mean a deletion in an image"
        raise CannotError(sentence, "give it another name")
    index = LayerIndex("", contents.entries, (), (), place.stat().st_size)
    return Stratum(unit, layer, PlainLayer(place, 0, index, 0))


def _written(unit: str, pieces: Iterable[bytes], place: Path) -> Iterator[bytes]:
    try:
        with place.open("wb") as file:
            yield from copied(pieces, file)
    except OSError as error:
        words = error.strerror or error
        raise CannotError(
            f"the files of {unit} cannot be written: {words}", "look at the disk and at TMPDIR"
        ) from error


def copied(pieces: Iterable[bytes], file: BinaryIO) -> Iterator[bytes]:
    """The pieces, each when it is in the file."""
    for piece in pieces:
        file.write(piece)
        yield piece


def units(strata: Sequence[Stratum]) -> tuple[str, ...]:
    """The units of strata, each once, in order."""
    return tuple(dict.fromkeys(stratum.unit for stratum in strata))
