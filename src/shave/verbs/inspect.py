"""Where an image's bytes come from: by layer and instruction, by unit, by directory, and what is waste."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain

from shave.catalog.explained import Explained
from shave.changes import changes
from shave.events import Sink, silent, stage
from shave.finding import Finding
from shave.history import layer_instructions
from shave.image import Image
from shave.package import Package
from shave.survey import Survey
from shave.tree import Node, parents
from shave.verbs.bases import base, layers_of_base
from shave.verbs.costs import unpacked_bytes
from shave.verbs.efficiency import efficiency
from shave.verbs.findings import findings
from shave.verbs.inspected import DirectoryRow, FileRow, Inspected, LayerRow, Measures, UnitRow
from shave.verbs.tally import Sum, tally
from shave.waste.lost import lost

# A directory stands for all below it if so much of its bytes is without an owner.
_NEARLY_ALL = 0.8
_NOTHING = Sum()


def inspect(explained: Explained, given: Image | None = None, sink: Sink = silent) -> Inspected:
    """All that ``shave inspect`` shows, from one look at an image. ``given`` is its base image, if that is known.

    Raises UsageError for a base that it was not built on.
    """
    image = explained.survey.image
    found_base = base(image, given)
    with stage(sink, "explain"):
        waste = findings(explained)
        rows, unowned = _units(explained), _unowned(explained)
    return Inspected(
        image.reference,
        image.manifest_digest if image.packed else image.config_digest,
        str(image.config.platform),
        measures(explained),
        efficiency(explained, layers_of_base(image, found_base)),
        found_base,
        _layers(explained, found_base.layers if found_base else 0),
        rows,
        unowned,
        waste,
        explained.catalog.unread,
        sum(finding.counted_packed for finding in waste),
        sum(finding.counted_unpacked for finding in waste),
        next_step(image.reference, waste),
    )


def measures(explained: Explained) -> Measures:
    """The bytes of an image."""
    survey = explained.survey
    gone = [each.place for each in explained.once(lost)]
    blobs = {layer.descriptor.digest: number for number, layer in enumerate(survey.image.layers)}
    return Measures(
        sum(packed_bytes(survey, number) for number in blobs.values()),  # what is listed twice is stored once
        survey.estimated,
        sum(explained.once(unpacked_bytes)),
        explained.once(tally).content_bytes,
        sum(place.unpacked_bytes for place in gone),
        round(sum(place.packed_bytes for place in gone)),
        explained.once(tally).files,
    )


def packed_bytes(survey: Survey, number: int) -> int:
    """Bytes of a layer's blob, or what gzip would about make of it where there is none."""
    if survey.estimated:
        return survey.layers[number].positions.packed_bytes
    return survey.image.layers[number].descriptor.size


def _layers(explained: Explained, base_layers: int) -> tuple[LayerRow, ...]:
    survey = explained.survey
    made = layer_instructions(survey.image.config)
    found = changes([layer.index for layer in survey.layers])
    return tuple(
        LayerRow(
            number,
            layer.descriptor.digest,
            layer.diff_id,
            made[number],
            packed_bytes(survey, number),
            explained.once(unpacked_bytes)[number],
            found[number],
            number < base_layers,
        )
        for number, layer in enumerate(survey.image.layers)
    )


def _units(explained: Explained) -> tuple[UnitRow, ...]:
    packages, sums = explained.catalog.packages, explained.once(tally).units
    rows = (_unit(explained, package, sums.get(at, _NOTHING)) for at, package in enumerate(packages))
    return tuple(sorted(rows, key=lambda row: (-row.packed_bytes, -row.unpacked_bytes, row.unit, row.version)))


def _unit(explained: Explained, package: Package, found: Sum) -> UnitRow:
    return UnitRow(
        package.unit,
        package.manager,
        package.name,
        package.version,
        max(found.layers, key=found.layers.__getitem__) if found.files else _layer_of(explained, package.within),
        found.files,
        found.unpacked,
        round(found.packed),
        package.kind,
        package.within,
    )


def _layer_of(explained: Explained, path: str) -> int | None:
    node = explained.survey.tree.nodes.get(path) if path else None
    return node.layer if node else None


def _unowned(explained: Explained) -> tuple[DirectoryRow, ...]:
    """The directories that hold what nobody owns: the highest of which nearly all is without an owner."""
    counted = explained.once(tally)
    all_bytes: defaultdict[str, int] = defaultdict(int)
    free_bytes: defaultdict[str, int] = defaultdict(int)
    for directory, size in counted.directories.items():
        free = counted.unowned[directory].unpacked if directory in counted.unowned else 0
        for each in _upwards(directory):
            all_bytes[each] += size
            free_bytes[each] += free
    sums: defaultdict[str, Sum] = defaultdict(Sum)
    for directory, found in counted.unowned.items():
        whole = [each for each in _upwards(directory) if free_bytes[each] >= _NEARLY_ALL * all_bytes[each]]
        sums[whole[-1] if whole else directory].unite(found)
    rows = (DirectoryRow(path, each.files, each.unpacked, round(each.packed)) for path, each in sums.items())
    return tuple(sorted(rows, key=lambda row: (-row.packed_bytes, -row.unpacked_bytes, row.path)))


def _upwards(directory: str) -> Iterator[str]:
    """A directory and those above it, but for the root."""
    return chain((directory,), parents(directory)) if directory else iter(())


def files(explained: Explained, found: Iterable[Finding] = ()) -> Iterator[FileRow]:
    """Every visible path with its layer, unit and bytes, and the rule of the finding that it is in, sorted by path."""
    rules: dict[tuple[int, str], str] = {}
    for finding in found:
        for place in finding.places:
            rules.setdefault((place.layer, place.path), finding.rule)
    for node in explained.survey.tree:
        yield _file(explained, node, rules.get((node.layer, node.entry.path), ""))


def _file(explained: Explained, node: Node, rule: str) -> FileRow:
    entry, counted = node.entry, explained.counts(node)
    further = explained.first_name(node) if entry.kind == "file" and not counted else ""
    return FileRow(
        entry.path,
        "hardlink" if further else entry.kind,
        entry.mode,
        node.layer,
        explained.owners.get(entry.path, ""),
        entry.size if counted else 0,
        round(explained.packed(node)),
        further or entry.link,
        rule,
    )


def next_step(reference: str, found: Iterable[Finding]) -> str:
    """One thing worth doing now."""
    secret = next((finding for finding in found if finding.rule == "secrets"), None)
    if secret:
        return f"take /{secret.places[0].path} out of the build and replace it: a layer keeps what a later one deletes"
    return f"shave slim {reference} --dry-run"
