"""Debug symbols: files of their own, and sections of programs and libraries.

Debuggers and profilers read them, programs never do. Go and Rust programs and home-made C ones have as much of them
as of code, Debian's have none. Source maps of JavaScript are of the same kind.

Fix: build with `-ldflags="-s -w"` (Go), `strip = true` (Cargo), `-s` (C), or `strip --strip-unneeded` in the build
stage; do not copy .debug, .pdb and .map files. Stripped wheels are known to break: leave libraries of others alone.
"""

from collections.abc import Iterator

from shave import elf
from shave.catalog.explained import Explained
from shave.catalog.programs import programs
from shave.errors import BadImageError
from shave.finding import Finding, Place
from shave.records import Read
from shave.waste.known import known
from shave.waste.made import finding

_SECTIONS = (".debug_", ".zdebug_", ".symtab", ".strtab", ".gdb_index")
_FILES_FIX = "do not install or copy them; remove them in the same RUN"
_SECTIONS_FIX = 'build with -ldflags="-s -w" (Go), strip = true (Cargo) or -s (C), or strip them in the build stage'


def find(image: Explained) -> Iterator[Finding]:
    """One finding of the files, one of the sections."""
    yield from known(image, "debug", "files of debug symbols", _FILES_FIX)
    places = tuple(_unstripped(image))
    if places:
        yield finding("debug", "debug symbols in programs", places, fix=_SECTIONS_FIX, confidence="likely")


def _unstripped(image: Explained) -> Iterator[Place]:
    """The programs with symbols, and the bytes of these alone."""
    survey, seen = image.survey, set[tuple[int, int]]()
    for path, size, read in programs(survey):
        node = survey.tree.nodes[path]
        body = node.layer, node.entry.offset
        if body in seen or node.entry.sparse is not None:
            continue
        seen.add(body)
        spans = _symbols(read, size)
        if spans:
            positions, start = survey.layers[node.layer].positions, node.entry.offset
            packed = sum(positions.between(start + begin, start + end) for begin, end in spans)
            yield Place(path, *body, sum(end - begin for begin, end in spans), packed)


def _symbols(read: Read, size: int) -> list[tuple[int, int]]:
    """Where sections of symbols are in the file, none of which overlap."""
    spans: list[tuple[int, int]] = []
    try:
        found = sorted(
            (each.offset, each.size) for name, each in elf.named_sections(read) if name.startswith(_SECTIONS)
        )
    except BadImageError:
        return spans  # what no catalogue has looked at is not at hand
    for offset, length in found:
        begin = max(offset, spans[-1][1] if spans else 0)
        end = min(offset + length, size)
        if begin < end:
            spans.append((begin, end))
    return spans
