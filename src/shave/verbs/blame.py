"""What each budget is about: what of an image it counts, and what is to blame where that is too much."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from shave.budgets import Budget
from shave.catalog.explained import Explained, explain
from shave.errors import UsageError
from shave.events import Sink
from shave.globs import matcher
from shave.history import layer_instructions
from shave.image import Image
from shave.verbs.bases import base, layers_of_base
from shave.verbs.costs import cost, unit_bytes, unpacked_bytes
from shave.verbs.diff import diff
from shave.verbs.efficiency import efficiency
from shave.verbs.inspect import measures, packed_bytes
from shave.verbs.inspected import Efficiency, Measures
from shave.waste.lost import lost


class Blamed(Struct, frozen=True):
    """A layer (``name`` is its digest, ``layer`` its number, the lowest 0), a unit or a path, with its bytes of the
    kind that the budget counts, or how many more they are. ``detail`` is a layer's instruction, a unit's versions, or
    what became of a path.
    """

    what: Literal["layer", "unit", "path"]
    name: str
    bytes: int
    detail: str = ""
    layer: int | None = None


class Subject:
    """An image under check: what is dear is found when it is first asked for."""

    def __init__(self, image: Image, sink: Sink) -> None:
        self.image, self.sink = image, sink

    @cached_property
    def explained(self) -> Explained:
        return explain(self.image, self.sink)

    @cached_property
    def measures(self) -> Measures:
        return measures(self.explained)

    @cached_property
    def efficiency(self) -> Efficiency:
        return efficiency(self.explained, layers_of_base(self.image, base(self.image)))

    @cached_property
    def packed(self) -> tuple[int, ...]:
        """Packed bytes of each layer: where the manifest says them, no layer is read."""
        if self.image.packed:
            return tuple(layer.descriptor.size for layer in self.image.layers)
        return tuple(packed_bytes(self.explained.survey, number) for number in range(len(self.image.layers)))

    @property
    def unpacked(self) -> tuple[int, ...]:
        """Unpacked bytes of each layer."""
        return self.explained.once(unpacked_bytes)

    @cached_property
    def by_unit(self) -> dict[str, dict[str, int]]:
        """Packed and unpacked bytes of each unit."""
        found = {unit: each for unit, each in unit_bytes(self.explained).items() if unit}
        return {
            "packed": {unit: each.packed_bytes for unit, each in found.items()},
            "unpacked": {unit: each.unpacked_bytes for unit, each in found.items()},
        }

    def paths(self, measure: str, wanted: Callable[[str], bool]) -> Iterator[Blamed]:
        """The visible files that are wanted, with their bytes."""
        for node in self.explained.survey.tree:
            if wanted(node.entry.path):
                each = cost(self.explained, node)
                yield Blamed("path", node.entry.path, each.packed_bytes if measure == "packed" else each.unpacked_bytes)


class Case(Struct, frozen=True):
    """A budget, the image, and the one that growth is measured against."""

    budget: Budget
    image: Subject
    other: Subject | None

    @property
    def measure(self) -> str:
        """``packed`` of ``layer.packed``."""
        return self.budget.key.rpartition(".")[2]

    @property
    def before(self) -> Subject:
        """The other image. Raises UsageError where none was given."""
        if self.other is None:
            raise UsageError(f"{self.budget.title} is measured against another image", "name it with --against REF")
        return self.other


def _packed(subject: Subject, other: Subject | None) -> tuple[int, ...]:
    """Packed bytes of each layer; an estimate gives way to what the other image's manifest says of the same layer."""
    known: dict[str, int] = {}
    if other and other.image.packed and not subject.image.packed:
        known = {layer.diff_id: layer.descriptor.size for layer in other.image.layers}
    pairs = zip(subject.image.layers, subject.packed, strict=True)
    return tuple(known.get(layer.diff_id, size) for layer, size in pairs)


def _bytes_of(subject: Subject, measure: str, other: Subject | None = None) -> int:
    if measure == "packed":
        return sum(_packed(subject, other))
    return subject.measures.unpacked_bytes if measure == "unpacked" else subject.measures.content_bytes


def _total(case: Case) -> float:
    return _bytes_of(case.image, case.measure)


def _growth(case: Case) -> float:
    before = _bytes_of(case.before, case.measure, case.image)
    more = _bytes_of(case.image, case.measure, case.before) - before
    return more / max(1, before) if case.budget.relative else more


def _wasted_share(case: Case) -> float:
    return case.image.measures.wasted_bytes / max(1, case.image.measures.unpacked_bytes)


def _layers(case: Case) -> Iterator[Blamed]:
    subject = case.image
    made = layer_instructions(subject.image.config)
    sizes = subject.unpacked if case.measure == "unpacked" else _packed(subject, case.other)
    for number, (layer, size) in enumerate(zip(subject.image.layers, sizes, strict=True)):
        yield Blamed("layer", layer.descriptor.digest, size, made[number], number)


def _grown_layers(case: Case) -> Iterator[Blamed]:
    """The layers that the other image has not, by how much more they are than what the same instruction made there."""
    there = {layer.diff_id for layer in case.before.image.layers}
    here = {layer.diff_id for layer in case.image.image.layers}
    other = Case(case.budget, case.before, None)
    gone: defaultdict[str, int] = defaultdict(int)
    for each, layer in zip(_layers(other), case.before.image.layers, strict=True):
        if layer.diff_id not in here:
            gone[each.detail] += each.bytes
    for each, layer in zip(_layers(case), case.image.image.layers, strict=True):
        more = each.bytes - (gone.pop(each.detail, 0) if each.detail else 0)
        if layer.diff_id not in there and more > 0:
            yield replace(each, bytes=more)


def _grown_content(case: Case) -> Iterator[Blamed]:
    """The units that grew, and of what nobody owns the paths."""
    diffed = diff(case.before.explained, case.image.explained)
    for unit in diffed.units:
        if unit.unit and unit.growth.unpacked_bytes > 0:
            versions = " → ".join(", ".join(each) for each in (unit.versions_before, unit.versions_after) if each)
            yield Blamed("unit", unit.unit, unit.growth.unpacked_bytes, versions)
    for path in diffed.paths:
        if not path.unit and path.growth.unpacked_bytes > 0:
            yield Blamed("path", path.path, path.growth.unpacked_bytes, path.status)


def _units(case: Case) -> Iterator[Blamed]:
    return (Blamed("unit", unit, size) for unit, size in case.image.by_unit[case.measure].items())


def _content(case: Case) -> Iterator[Blamed]:
    """Every unit, and every file that nobody owns."""
    owners = case.image.explained.owners
    yield from (Blamed("unit", unit, size) for unit, size in case.image.by_unit["unpacked"].items())
    yield from case.image.paths("unpacked", lambda path: path not in owners)


def _of_unit(case: Case) -> Iterator[Blamed]:
    """The files of the unit that the budget names, as ``manager:name`` or by its name alone."""
    owners = case.image.explained.owners
    named = {unit for unit in case.image.by_unit["packed"] if case.budget.name in (unit, unit.partition(":")[2])}
    return case.image.paths(case.measure, lambda path: owners.get(path) in named)


def _of_glob(case: Case) -> Iterator[Blamed]:
    return case.image.paths(case.measure, matcher([case.budget.name]))


def _lost(case: Case) -> Iterator[Blamed]:
    """The instructions that made waste of files, and these files, all copies of a path together."""
    image = case.image.image
    made = layer_instructions(image.config)
    culprits: defaultdict[int, int] = defaultdict(int)
    paths: defaultdict[str, int] = defaultdict(int)
    what: dict[str, str] = {}
    for each in case.image.explained.once(lost):
        culprits[each.culprit] += each.place.unpacked_bytes
        paths[each.place.path] += each.place.unpacked_bytes
        what[each.place.path] = f"{each.how} by layer {each.culprit + 1}"
    for number, size in culprits.items():
        yield Blamed("layer", image.layers[number].descriptor.digest, size, made[number], number)
    yield from (Blamed("path", path, size, what[path]) for path, size in paths.items())


Find = Callable[[Case], float]
Blame = Callable[[Case], Iterable[Blamed]]


def _largest(blame: Blame) -> Find:
    return lambda case: max((each.bytes for each in blame(case)), default=0)


def _sum(blame: Blame) -> Find:
    return lambda case: sum(each.bytes for each in blame(case))


def _over(blame: Blame) -> Blame:
    """Only what alone breaks the budget."""
    return lambda case: (each for each in blame(case) if each.bytes > case.budget.limit)


RULES: Final[Mapping[str, tuple[Find, Blame]]] = {
    "packed": (_total, _layers),
    "unpacked": (_total, _layers),
    "content": (_total, _content),
    "wasted": (lambda case: case.image.measures.wasted_bytes, _lost),
    "wasted.percent": (_wasted_share, _lost),
    "efficiency": (lambda case: case.image.efficiency.score, _lost),
    "layers": (lambda case: len(case.image.image.layers), _layers),
    "layer.packed": (_largest(_layers), _over(_layers)),
    "layer.unpacked": (_largest(_layers), _over(_layers)),
    "unit.packed": (_largest(_units), _over(_units)),
    "unit.unpacked": (_largest(_units), _over(_units)),
    "unit:NAME.packed": (_sum(_of_unit), _of_unit),
    "unit:NAME.unpacked": (_sum(_of_unit), _of_unit),
    "path:GLOB.packed": (_sum(_of_glob), _of_glob),
    "path:GLOB.unpacked": (_sum(_of_glob), _of_glob),
    "growth.packed": (_growth, _grown_layers),
    "growth.unpacked": (_growth, _grown_layers),
    "growth.content": (_growth, _grown_content),
    "lowestEfficiency": (lambda case: case.image.efficiency.score, _lost),
    "highestWastedBytes": (lambda case: case.image.efficiency.wasted_bytes, _lost),
    "highestUserWastedPercent": (lambda case: case.image.efficiency.user_wasted_percent, _lost),
}
"""For each key of ``budgets.KEYS`` what is found, and what is blamed if that breaks the budget."""
