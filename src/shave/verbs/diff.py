"""What two images have in common and what not: by layer, by unit, by path; what a node that has the first must pull."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from shave.catalog.explained import Explained
from shave.globs import matcher
from shave.history import layer_instructions
from shave.image import Layer
from shave.survey import agreed
from shave.tree import Node, Tree
from shave.verbs.costs import Bytes, cost, growth, unit_bytes, unpacked_bytes
from shave.verbs.inspect import measures, packed_bytes
from shave.verbs.inspected import Measures

Field = Literal["kind", "content", "device", "link", "mode", "owner", "time", "xattrs"]
"""What of a path differs; ``link`` is where a symlink points, or by which other names a file goes."""
CONTENT: tuple[Field, ...] = ("kind", "content", "device")


class Side(Struct, frozen=True):
    """One of the two images."""

    reference: str
    digest: str
    platform: str
    layers: int
    measures: Measures


class LayerChange(Struct, frozen=True):
    """A layer of one image or both, with its number in each. ``repacked`` has the same content in another blob."""

    status: Literal["same", "repacked", "removed", "added"]
    before: int | None
    after: int | None
    digest: str
    diff_id: str
    instruction: str
    packed_bytes: int
    unpacked_bytes: int


class UnitChange(Struct, frozen=True):
    """A unit that differs, with all versions of it that an image has, and the visible bytes that it owns.

    ``content`` says that the version is the same and a file is not. The unit "" is what nobody owns.
    """

    unit: str
    status: Literal["added", "removed", "version", "content"]
    versions_before: tuple[str, ...]
    versions_after: tuple[str, ...]
    before: Bytes
    after: Bytes
    growth: Bytes


class PathChange(Struct, frozen=True, gc=False):
    """A visible path that differs, the unit that owns it in the second image, else in the first, and in what.

    Bytes of a file with several names are counted at the first of them.
    """

    path: str
    kind: str
    status: Literal["added", "removed", "changed", "metadata"]
    fields: tuple[Field, ...]
    unit: str
    before: Bytes
    after: Bytes
    growth: Bytes


class Pull(Struct, frozen=True):
    """What a node that has the first image downloads for the second: blobs of layers, config and manifest."""

    packed_bytes: int
    estimated: bool
    layers: int
    of_layers: int


class Diffed(Struct, frozen=True):
    """``shave.diff/v1``. Layers in order, units by how much packed bytes they grew or shrank, paths sorted.

    ``globs`` are what the paths were limited to, if anything.
    """

    before: Side
    after: Side
    growth: Bytes
    pull: Pull
    layers: tuple[LayerChange, ...]
    units: tuple[UnitChange, ...]
    paths: tuple[PathChange, ...]
    globs: tuple[str, ...]
    next: str


def diff(a: Explained, b: Explained, globs: Sequence[str] = ()) -> Diffed:
    """What changed from one image to another; of paths only those that match one of ``globs``, if there are any."""
    a, b = _agreed(a, b), _agreed(b, a)
    before, after = _side(a), _side(b)
    paths = list(_paths(a, b))
    wanted = matcher(globs) if globs else None
    return Diffed(
        before,
        after,
        growth(_total(before.measures), _total(after.measures)),
        _pull(a, b),
        _layers(a, b),
        _units(a, b, paths),
        tuple(path for path in paths if not wanted or wanted(path.path)),
        tuple(globs),
        f"shave inspect {after.reference}",
    )


def _agreed(one: Explained, other: Explained) -> Explained:
    return Explained(agreed(one.survey, other.survey), one.catalog)


def _side(explained: Explained) -> Side:
    image = explained.survey.image
    digest = image.manifest_digest if image.packed else image.config_digest
    return Side(image.reference, digest, str(image.config.platform), len(image.layers), measures(explained))


def _total(measured: Measures) -> Bytes:
    return Bytes(measured.packed_bytes, measured.unpacked_bytes)


def _pull(a: Explained, b: Explained) -> Pull:
    one, two = a.survey.image, b.survey.image
    packed = one.packed and two.packed
    there = {_blob(layer, packed) for layer in one.layers}
    missing = {_blob(layer, packed): number for number, layer in enumerate(two.layers)}
    layers = [number for blob, number in missing.items() if blob not in there]
    config = len(two.config_bytes) if two.config_digest != one.config_digest else 0
    manifest = len(two.manifest_bytes) if two.manifest_digest != one.manifest_digest else 0
    blobs = sum(packed_bytes(b.survey, number) for number in layers)
    return Pull(blobs + config + manifest, not two.packed, len(layers), len(two.layers))


def _blob(layer: Layer, packed: bool) -> str:
    """What a node knows a layer by: its blob; where one of the images has no blobs, its content."""
    return layer.descriptor.digest if packed else layer.diff_id


def _layers(a: Explained, b: Explained) -> tuple[LayerChange, ...]:
    """The layers of both in order; what is gone stands before what came in its place."""
    ours, theirs = ({layer.diff_id: number for number, layer in enumerate(x.survey.image.layers)} for x in (a, b))
    gone = [(number, _layer(a, number, number, None)) for diff_id, number in ours.items() if diff_id not in theirs]
    there = [
        (number, _layer(b, number, ours.get(layer.diff_id), number))
        for number, layer in enumerate(b.survey.image.layers)
    ]
    rows = [row for _, row in sorted([*gone, *there], key=itemgetter(0))]
    if not (a.survey.image.packed and b.survey.image.packed):
        return tuple(rows)
    blobs = {layer.descriptor.digest for layer in a.survey.image.layers}
    return tuple(
        replace(row, status="repacked") if row.status == "same" and row.digest not in blobs else row for row in rows
    )


def _layer(explained: Explained, number: int, before: int | None, after: int | None) -> LayerChange:
    survey = explained.survey
    layer = survey.image.layers[number]
    return LayerChange(
        "removed" if after is None else "added" if before is None else "same",
        before,
        after,
        layer.descriptor.digest,
        layer.diff_id,
        layer_instructions(survey.image.config)[number],
        packed_bytes(survey, number),
        explained.once(unpacked_bytes)[number],
    )


def _units(a: Explained, b: Explained, paths: Iterable[PathChange]) -> tuple[UnitChange, ...]:
    """The units that differ, those that grew or shrank most first."""
    touched = _touched(a, b, paths)
    versions, sums = [_versions(x) for x in (a, b)], [unit_bytes(x) for x in (a, b)]
    rows = []
    for unit in {*versions[0], *versions[1], *touched}:
        old, new = (found.get(unit, ()) for found in versions)
        before, after = (found.get(unit, Bytes()) for found in sums)
        if old != new or unit in touched:
            rows.append(UnitChange(unit, _fate(old, new), old, new, before, after, growth(before, after)))
    return tuple(sorted(rows, key=lambda row: (-abs(row.growth.packed_bytes), -row.after.packed_bytes, row.unit)))


def _fate(old: tuple[str, ...], new: tuple[str, ...]) -> Literal["added", "removed", "version", "content"]:
    if old == new:
        return "content"
    return "version" if old and new else "added" if new else "removed"


def _touched(a: Explained, b: Explained, paths: Iterable[PathChange]) -> set[str]:
    """The units of which a file came, went or changed; "" for nobody's."""
    found = set()
    for row in paths:
        if row.status != "metadata" and row.kind != "directory":
            found |= {x.owners.get(row.path, "") for x in (a, b) if row.path in x.survey.tree}
    return found


def _versions(explained: Explained) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for package in explained.catalog.packages:
        found[package.unit].add(package.version)
    return {unit: tuple(sorted(versions)) for unit, versions in found.items()}


def _paths(a: Explained, b: Explained) -> Iterator[PathChange]:
    """Every path that differs, sorted."""
    for path, old, new in _pairs(a.survey.tree, b.survey.tree):
        fields = tuple(_fields(a, b, old, new)) if old and new else ()
        if fields or not (old and new):
            yield _change(a, b, path, old, new, fields)


def _pairs(one: Tree, two: Tree) -> Iterator[tuple[str, Node | None, Node | None]]:
    """The nodes of both trees by path: both are sorted, so they are walked side by side."""
    ours = ((node.entry.path, 0, node) for node in one)
    theirs = ((node.entry.path, 1, node) for node in two)
    for path, found in groupby(merge(ours, theirs, key=itemgetter(0, 1)), itemgetter(0)):
        nodes = {side: node for _, side, node in found}
        yield path, nodes.get(0), nodes.get(1)


def _fields(a: Explained, b: Explained, old: Node, new: Node) -> Iterator[Field]:
    before, after = old.entry, new.entry
    if before.kind != after.kind:
        yield "kind"
    elif (before.digest, before.size, before.sparse) != (after.digest, after.size, after.sparse):
        yield "content"
    if before.device != after.device:
        yield "device"
    if before.link != after.link or _names(a, old) != _names(b, new):
        yield "link"
    if before.mode != after.mode:
        yield "mode"
    if (before.uid, before.gid) != (after.uid, after.gid):
        yield "owner"
    if before.mtime != after.mtime:
        yield "time"
    if before.xattrs != after.xattrs:
        yield "xattrs"


def _names(explained: Explained, node: Node) -> tuple[str, ...]:
    """All visible names of a file that has more than one."""
    return explained.survey.tree.inodes.get(node.inode, ()) if node.entry.kind != "directory" else ()


def _change(
    a: Explained, b: Explained, path: str, old: Node | None, new: Node | None, fields: tuple[Field, ...]
) -> PathChange:
    before, after = cost(a, old), cost(b, new)
    kind = new.entry.kind if new else old.entry.kind if old else "file"
    unit = (b if new else a).owners.get(path, "")
    return PathChange(path, kind, _status(old, new, fields), fields, unit, before, after, growth(before, after))


def _status(
    old: Node | None, new: Node | None, fields: tuple[Field, ...]
) -> Literal["added", "removed", "changed", "metadata"]:
    if old and new:
        return "changed" if any(field in CONTENT for field in fields) else "metadata"
    return "added" if new else "removed"
