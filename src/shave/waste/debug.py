"""Debug symbols: files of their own, and sections of programs and libraries.

Debuggers and profilers read them, programs never do. Go and Rust programs and home-made C ones have as much of them
as of code, Debian's have none. Source maps of JavaScript are of the same kind.

Fix: build with `-ldflags="-s -w"` (Go), `strip = true` (Cargo), `-s` (C), or `strip --strip-unneeded` in the build
stage; do not copy .debug, .pdb and .map files. Stripped wheels are known to break: leave libraries of others alone.
"""

from collections.abc import Iterator
from functools import partial

from shave import elf
from shave.catalog.explained import Explained
from shave.errors import BadImageError
from shave.finding import Finding, Place
from shave.records import Read
from shave.waste.known import known
from shave.waste.made import finding
from shave.waste.seen import seen

_SECTIONS = (".debug_", ".zdebug_", ".symtab", ".strtab", ".gdb_index")
_NAMES = tuple(name.encode() for name in _SECTIONS)
_FILES_FIX = "do not install or copy them; remove them in the same RUN"
_SECTIONS_FIX = 'build with -ldflags="-s -w" (Go), strip = true (Cargo) or -s (C), or strip them in the build stage'


def find(image: Explained) -> Iterator[Finding]:
    """One finding of the files, one of the sections."""
    yield from known(image, "debug", "files of debug symbols", _FILES_FIX)
    places = image.once(unstripped)
    if places:
        yield finding("debug", "debug symbols in programs", places, fix=_SECTIONS_FIX, confidence="likely")


def unstripped(image: Explained) -> tuple[Place, ...]:
    """The programs with symbols, and the bytes of these alone."""
    return tuple(_unstripped(image))


def _unstripped(image: Explained) -> Iterator[Place]:
    survey = image.survey
    for path in image.once(seen).recorded:
        node = survey.tree.nodes[path]
        start = node.entry.offset
        spans = _symbols(partial(survey.read, path), node.entry.size) if node.entry.sparse is None else ()
        if spans:
            positions = survey.layers[node.layer].positions
            packed = sum(positions.between(start + begin, start + end) for begin, end in spans)
            yield Place(path, node.layer, start, sum(end - begin for begin, end in spans), packed)


def _symbols(read: Read, size: int) -> list[tuple[int, int]]:
    """Where sections of symbols are in the file, none of which overlap."""
    spans: list[tuple[int, int]] = []
    try:
        found = sorted(
            (each.offset, each.size) for name, each in elf.named_sections(read) if name.startswith(_SECTIONS)
        )
    except BadImageError:
        return spans  # not a program, or one too large to be looked at
    for offset, length in found:
        begin = max(offset, spans[-1][1] if spans else 0)
        end = min(offset + length, size)
        if begin < end:
            spans.append((begin, end))
    return spans
