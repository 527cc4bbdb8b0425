"""Files of another image, and on request what these need of it: interpreters and libraries.

Two C libraries in one process never work, so none is brought beside the one that an image has: what comes must be
content with that.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec.structs import replace

from shave.closure import closure
from shave.elf import Reader, parse
from shave.elf_versions import Versions, versions
from shave.errors import CannotError
from shave.events import Sink
from shave.globs import matcher
from shave.image import Image
from shave.layering import PIECE
from shave.needs import Files, linker
from shave.oci import Config, environment
from shave.origins.placing import Member
from shave.reason import Reason
from shave.spec import Copy
from shave.stage import Stage
from shave.store import Unpacked, unpack
from shave.tree import Tree, parents

_SPECIAL = re.compile(r"[*?\[{]")
_ASKED = Reason("glob", "is copied")
# what glibc is made of: these are of one build (debian/libc6.symbols)
_GLIBC = re.compile(
    r"ld(-linux.*|64)\.so\.\d+|lib(c|m|mvec|nsl|anl|resolv|util|rt|dl|pthread|thread_db|BrokenLocale|c_malloc_debug"
    r"|nss_(files|dns|compat|hesiod|db))\.so\.\d+"
)
_LIBC = "libc.so.6"


def of_image(copy: Copy, image: Image, stage: Stage, directory: Path, sink: Sink) -> Iterator[Member]:
    """What ``copy`` takes of ``image``, with the metadata that it has there. The image is unpacked in ``directory``.

    Raises CannotError for a glob that matches nothing, and where what comes wants a newer C library than ``stage`` has.
    """
    files = unpack(image, directory, sink)
    paths = _chosen(files.tree, copy)
    if copy.closure:
        paths = _closed(files, image.config, copy, paths, stage)
    above = {above for path in paths for above in parents(path)}
    yield from _members(files, sorted(paths | above), copy, stage.tree)


def _chosen(tree: Tree, copy: Copy) -> set[str]:
    """The paths that the globs match, all below them, and the symlinks on the way to them."""
    chosen = set[str]()
    for glob in copy.paths:
        real, links = _real(tree, glob)
        matches = matcher((real,))
        found = {path for path in tree.nodes if path and matches(path)}
        if not found:
            raise CannotError(f"{copy.image} has nothing at {glob}", "shave inspect REF --path GLOB lists what it has")
        chosen.update(found, links)
    for path in tree.nodes:  # parents stand before children
        above = path.rpartition("/")[0]
        if above in chosen and tree.nodes[above].entry.kind == "directory":
            chosen.add(path)
    return chosen


def _real(tree: Tree, glob: str) -> tuple[str, tuple[str, ...]]:
    """The glob with the directories that it names as they are, and the symlinks passed."""
    parts = glob.strip("/").split("/")
    plain = next((number for number, part in enumerate(parts) if _SPECIAL.search(part)), len(parts) - 1)
    above = tree.resolve("/".join(parts[:plain]))
    return "/".join(filter(None, (above.path or "/".join(parts[:plain]), *parts[plain:]))), above.links


def _closed(files: Unpacked, config: Config, copy: Copy, chosen: set[str], stage: Stage) -> set[str]:
    """What was chosen and what that needs, but for what ``stage`` has as good."""
    roots = ((path, _ASKED) for path in sorted(chosen))
    kept = closure(files.tree, roots, linker(files, environment(config)), lambda path: False)
    names: defaultdict[str, list[str]] = defaultdict(list)
    for path in kept:
        if path in chosen or files.tree.nodes[path].entry.kind != "directory":
            names[files.tree.resolve(path).path or path].append(path)
    glibc = _glibc(stage)
    spared = {
        target
        for target, paths in names.items()
        if (glibc and _GLIBC.fullmatch(_soname(files, target)))
        or (target not in chosen and any(_has_as_good(stage, path, files, target) for path in paths))
    }
    _require_versions(glibc, copy, files, names.keys() - spared)
    return {path for target, paths in names.items() for path in paths if path in chosen or target not in spared}


def _has_as_good(stage: Stage, path: str, files: Files, target: str) -> bool:
    """Whether ``stage`` has at a path what serves as well: another library only if it has all versions of symbols."""
    there = stage.tree.resolve(path).path
    if not there or _is_directory(stage.tree, there):
        return False
    if _soname(files, target) != _soname(stage, there):
        return not _soname(files, target)
    return _versions(files, target).defined <= _versions(stage, there).defined


def _glibc(stage: Stage) -> dict[str, frozenset[str]]:
    """The versions that each library of a stage's glibc has; none where it has no glibc."""
    place = next((path.rpartition("/")[0] for path in stage.tree.nodes if path.endswith(f"/{_LIBC}")), None)
    beside = stage.tree.children.get(place, ()) if place else ()
    return {
        name: _versions(stage, path).defined for path in beside if _GLIBC.fullmatch(name := path.rpartition("/")[2])
    }


def _require_versions(glibc: Mapping[str, frozenset[str]], copy: Copy, files: Files, brought: Iterable[str]) -> None:
    for path in sorted(brought) if glibc else ():
        for wanted in _versions(files, path).wanted:
            if wanted.soname in glibc and wanted.version not in glibc[wanted.soname]:
                sentence = f"/{path} of {copy.image} wants {wanted.version} of {wanted.soname}, the image's is older"
                raise CannotError(sentence, "build with the suite that the other image is of")


def _soname(files: Files, path: str) -> str:
    """What a library is called; "" of what is none."""
    found = parse(_reader(files, path))
    return found.soname if found else ""


def _versions(files: Files, path: str) -> Versions:
    return versions(_reader(files, path))


def _reader(files: Files, path: str) -> Reader:
    node = files.tree.nodes.get(path)
    if node is None or node.entry.kind != "file":
        return lambda offset, length: b""
    return lambda offset, length: files.read(path, offset, length)


def _members(files: Unpacked, paths: Iterable[str], copy: Copy, tree: Tree) -> Iterator[Member]:
    """The entries below ``copy.path`` and their bodies; the first name of an inode carries it, others are links to it.
    Directories that are there, and symlinks where there is a directory, stay as they are.
    """
    base, first = copy.path.strip("/"), dict[tuple[int, str], str]()
    for path in paths:
        node, place = files.tree.nodes[path], f"{base}/{path}".strip("/")
        if _is_directory(files.tree, path) and _is_directory(tree, place):
            continue
        if node.entry.kind != "directory" and first.setdefault(node.inode, place) != place:
            yield replace(node.entry, path=place, kind="hardlink", link=first[node.inode], size=0), ()
        else:
            yield replace(node.entry, path=place, sparse=None), _body(files, path)


def _is_directory(tree: Tree, path: str) -> bool:
    found = tree.resolve(path).path
    return found is not None and tree.nodes[found].entry.kind == "directory"


def _body(files: Unpacked, path: str) -> Iterator[bytes]:
    entry = files.tree.nodes[path].entry
    for at in range(0, entry.size if entry.kind == "file" else 0, PIECE):
        yield files.read(path, at, PIECE)
