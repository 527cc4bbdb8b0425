"""A new image of some of another's paths: the same layers where nothing went, smaller ones where something did.

No whiteout is ever written: what was deleted or overwritten is simply not there. A layer's bytes depend on the kept
paths and the original only.
"""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shave.compression import GZIP, Packing, detect
from shave.errors import CannotError
from shave.events import Sink, stage
from shave.image import Image, Layer
from shave.layers import Counted
from shave.oci import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST, Config, Descriptor, Manifest, digest_of
from shave.reuse import chosen, extras, reusable
from shave.rootfs import with_layers
from shave.store import PlainLayer, Unpacked
from shave.tar_writer import stored_bytes, tar
from shave.tree import Entry, LayerIndex, Node, Tree, parents

# Below this many bytes of content a layer of its own costs a pull more in requests than in bytes.
TINY = 4 << 10
PIECE = 1 << 20


class _Part(Struct, frozen=True):
    """One layer of the result: the original layers it stands for and its paths; ``whole`` if it is one unchanged."""

    layers: tuple[int, ...]
    paths: frozenset[str]
    content_bytes: int
    whole: bool


_NOTHING: Mapping[str, bytes] = {}
_Stored = tuple[Layer, PlainLayer]
"""A layer that is there: its blob, and what that is unpacked."""


def build(
    unpacked: Unpacked,
    keep: Collection[str],
    directory: Path,
    *,
    flatten: bool,
    annotations: Mapping[str, str],
    sink: Sink,
    packing: Packing | None = None,
    previous: Unpacked | None = None,
    replaced: Mapping[str, bytes] = _NOTHING,
) -> Image:
    """The image of the paths ``keep`` and their parents; its new layers lie in ``directory``, which must outlive it.

    Each path stays in the layer that owned it, with its metadata, hard links among kept names stay links; the merged
    tree of the result is the original's, restricted. Empty layers vanish, tiny ones join a neighbour, and one of which
    nothing went is reused as the blob it is, unless ``packing`` says how all are to be compressed. ``flatten`` joins
    all. Where a layer of ``previous`` has just what one of the result shall have, but for times, it stands for that.
    Regular files of ``replaced`` have these bodies, and all else of their entries; a hard link to one stays the old.
    Raises KeyError for a path that is not there.
    """
    kept = _closed(unpacked.tree, keep)
    parts = _parts(unpacked, kept, flatten, replaced)
    stored = _stored(unpacked, parts, kept, previous, replaced)
    total = sum(part.content_bytes for part in parts)
    with stage(sink, "build", total) as advance:
        try:
            layers = []
            for number, (part, ready) in enumerate(zip(parts, stored, strict=True)):
                path = directory / f"layer-{number}"
                layers.append(_taken(ready, path, packing) if ready else _made(unpacked, part, path, packing, replaced))
                advance(part.content_bytes)
        except OSError as error:
            words = error.strerror or error
            raise CannotError(f"the layers cannot be written: {words}", "look at the disk and at TMPDIR") from error
    standing = {part.layers[-1] for part in parts}
    return _image(unpacked.image, tuple(layers), standing, annotations)


def spared(
    unpacked: Unpacked,
    keep: Collection[str],
    previous: Unpacked,
    dropped: Callable[[str], bool],
    *,
    flatten: bool,
    replaced: Callable[[Collection[str]], Mapping[str, bytes]] = lambda kept: _NOTHING,
) -> Collection[str]:
    """The paths to keep besides ``keep``, so that ``build`` can take over layers of ``previous`` that have them.

    Those for which ``dropped`` holds are none of them. ``replaced`` says what bodies ``build`` will be given for all
    that is kept.
    """
    kept = _closed(unpacked.tree, keep)
    shares = [(part.layers, part.paths) for part in _parts(unpacked, kept, flatten, replaced(kept))]
    return extras(unpacked, reusable(unpacked, previous), shares, kept | {""}, dropped, replaced)


def _closed(tree: Tree, keep: Collection[str]) -> set[str]:
    """``keep`` and every directory above, the root aside unless a layer describes it."""
    kept = set(keep) - {""}
    for path in sorted(keep):  # as the nodes lie: whoever jumps about among many waits
        if path not in tree.nodes:
            raise KeyError(path)
        for parent in parents(path):
            if parent in kept:
                break
            kept.add(parent)
    return kept


def _parts(unpacked: Unpacked, kept: set[str], flatten: bool, replaced: Mapping[str, bytes]) -> list[_Part]:
    parts: list[_Part] = []
    for part in _by_layer(unpacked, kept, replaced):
        if parts and (flatten or _tiny(parts[-1], part)):
            parts[-1] = _joined(parts[-1], part)
        else:
            parts.append(part)
    return parts


def _tiny(lower: _Part, upper: _Part) -> bool:
    return not (lower.whole or upper.whole) and min(lower.content_bytes, upper.content_bytes) < TINY


def _joined(lower: _Part, upper: _Part) -> _Part:
    content_bytes = lower.content_bytes + upper.content_bytes
    return _Part(lower.layers + upper.layers, lower.paths | upper.paths, content_bytes, False)


def _by_layer(unpacked: Unpacked, kept: set[str], replaced: Mapping[str, bytes]) -> Iterator[_Part]:
    """The kept paths of each layer that has any, with their parents, lowest first."""
    tree = unpacked.tree
    owned: list[set[str]] = [set() for _ in unpacked.layers]
    for path in sorted(kept | _described_root(unpacked)):
        owned[tree.nodes[path].layer].add(path)
    for number, (layer, paths) in enumerate(zip(unpacked.layers, owned, strict=True)):
        if not paths:
            continue
        nodes = (tree.nodes[path] for path in sorted(paths))
        inodes = {_inode(node, replaced): stored_bytes(_entry(node, replaced)) for node in nodes}
        whole = paths.isdisjoint(replaced) and _is_whole(tree, number, layer.index, kept, paths)
        above = _closed(tree, paths)
        if any(entry.path == "" for entry in layer.index.entries):
            above.add("")
        yield _Part((number,), frozenset(above), sum(inodes.values()), whole)


def _entry(node: Node, replaced: Mapping[str, bytes]) -> Entry:
    """The entry as it is written."""
    body = replaced.get(node.entry.path)
    return node.entry if body is None else replace(node.entry, size=len(body), sparse=None)


def _inode(node: Node, replaced: Mapping[str, bytes]) -> object:
    """What is the same for all names of one body in the result: a replaced one is no other's."""
    return node.entry.path if node.entry.path in replaced else node.inode


def _described_root(unpacked: Unpacked) -> set[str]:
    """The root directory, if a layer says what it is: it stays so even where nothing else of that layer does."""
    entries = unpacked.layers[unpacked.tree.nodes[""].layer].index.entries if unpacked.layers else ()
    return {""} if any(entry.path == "" for entry in entries) else set()


def _is_whole(tree: Tree, number: int, index: LayerIndex, kept: set[str], owned: set[str]) -> bool:
    """Whether a layer can stay as it is: all in it stays, all that it owns is in it, and it deletes nothing below it.

    The latter two fail only for hard links from one layer into another.
    """
    own = {entry.path for entry in index.entries}
    if len(own) < len(index.entries) or not all(_stays(tree, number, entry, kept) for entry in index.entries):
        return False
    if any(tree.nodes[path].entry.kind != "directory" for path in owned - own):
        return False
    return not any(path in kept and tree.nodes[path].layer < number for path in (*index.whiteouts, *index.opaque))


def _stays(tree: Tree, number: int, entry: Entry, kept: set[str]) -> bool:
    """A directory may be described again by a higher layer; anything else must be what a container sees."""
    node = tree.nodes.get(entry.path)
    if node is None or (entry.path and entry.path not in kept):
        return False
    if entry.kind == "directory":
        return node.entry.kind == "directory"
    if entry.kind == "hardlink":
        target = tree.nodes.get(entry.link)
        return target is not None and node.layer == number and node.inode == target.inode
    return node.inode == (number, entry.path)


def _stored(
    unpacked: Unpacked,
    parts: Sequence[_Part],
    kept: set[str],
    previous: Unpacked | None,
    replaced: Mapping[str, bytes],
) -> Iterator[_Stored | None]:
    """For each part the layer that is just that, of the previous result or of the original, if there is one."""
    usable = reusable(unpacked, previous) if previous else ()
    numbers = {layer.diff_id: number for number, layer in enumerate(previous.image.layers)} if previous else {}
    for part in parts:
        own = _stored_at(unpacked, part.layers[0]) if part.whole else None
        found = chosen(usable, (part.layers, part.paths), kept | {""}, replaced)
        number = numbers.get(own[0].diff_id) if own else None
        if number is None and found:
            number = found.number
        yield own if previous is None or number is None else _stored_at(previous, number)


def _stored_at(unpacked: Unpacked, number: int) -> _Stored:
    return unpacked.image.layers[number], unpacked.layers[number]


def _made(unpacked: Unpacked, part: _Part, path: Path, packing: Packing | None, replaced: Mapping[str, bytes]) -> Layer:
    members = _members(unpacked, sorted(part.paths), replaced)
    return written(tar(members), path.with_suffix(".tar"), path.with_suffix(".packed"), packing or GZIP)


def _taken(stored: _Stored, path: Path, packing: Packing | None) -> Layer:
    """A layer as it is, packed if it is not or if it shall be otherwise."""
    layer, plain = stored
    with layer.open() as blob:
        compression = detect(blob.read(6), layer.descriptor.media_type)
    if packing or compression == "none":
        packed = written(_stream(plain), None, path.with_suffix(".packed"), packing or GZIP)
        return replace(packed, plain=(plain.path, plain.start))
    descriptor = replace(layer.descriptor, media_type=f"{OCI_LAYER}+{compression}")
    return Layer(descriptor, layer.diff_id, layer.open, (plain.path, plain.start))


def written(stream: Iterable[bytes], plain_path: Path | None, packed_path: Path, packing: Packing) -> Layer:
    """The layer of a tar stream, its blob in ``packed_path``, with its plain tar in ``plain_path`` if one is given."""
    with ExitStack() as files:
        tee = files.enter_context(plain_path.open("wb")) if plain_path else None
        plain = Counted(stream, tee)
        packed = Counted(packing.pack(plain), files.enter_context(packed_path.open("wb")))
        for _ in packed:
            pass
    suffix = "" if packing.compression == "none" else f"+{packing.compression}"
    descriptor = Descriptor(OCI_LAYER + suffix, packed.digest, packed.size)
    at_hand = (plain_path, 0) if plain_path else None
    return Layer(descriptor, plain.digest, lambda: packed_path.open("rb"), at_hand)


def _members(
    unpacked: Unpacked, paths: Sequence[str], replaced: Mapping[str, bytes]
) -> Iterator[tuple[Entry, Iterable[bytes]]]:
    """The entries of ``paths`` and their bodies; the first kept name of an inode carries it, others are links to it."""
    first: dict[object, str] = {}
    with ExitStack() as files:
        opened = [files.enter_context(layer.path.open("rb", buffering=0)) for layer in unpacked.layers]
        for path in paths:
            node = unpacked.tree.nodes[path]
            entry, inode = _entry(node, replaced), _inode(node, replaced)
            if entry.kind != "directory" and first.setdefault(inode, path) != path:
                link = Entry(path, "hardlink", entry.mode, entry.uid, entry.gid, entry.mtime, link=first[inode])
                yield link, ()
                continue
            if path in replaced:
                yield entry, (replaced[path],)
                continue
            at = unpacked.layers[node.layer].start + entry.offset
            yield entry, _pieces(opened[node.layer].fileno(), at, stored_bytes(entry))


def _stream(layer: PlainLayer) -> Iterator[bytes]:
    with layer.path.open("rb", buffering=0) as file:
        yield from _pieces(file.fileno(), layer.start, layer.index.tar_bytes)


def _pieces(file: int, at: int, length: int) -> Iterator[bytes]:
    end = at + length
    while at < end:
        piece = os.pread(file, min(PIECE, end - at), at)
        if not piece:
            raise CannotError("an unpacked layer was cut off while it was in use", "look at who clears TMPDIR")
        at += len(piece)
        yield piece


def _image(original: Image, layers: tuple[Layer, ...], standing: set[int], annotations: Mapping[str, str]) -> Image:
    diff_ids = tuple(layer.diff_id for layer in layers)
    config = original.config_bytes
    if diff_ids != original.config.rootfs.diff_ids:
        config = with_layers(config, diff_ids, standing)
    manifest = Manifest(
        2,
        Descriptor(OCI_CONFIG, digest_of(config), len(config)),
        tuple(layer.descriptor for layer in layers),
        OCI_MANIFEST,
        {**original.manifest.annotations, **annotations},
    )
    return Image(original.reference, msgspec.json.decode(config, type=Config), config, manifest, layers)
