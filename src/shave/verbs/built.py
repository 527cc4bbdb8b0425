"""What a build came to, as one value: what the terminal, Markdown and JSON show."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct

from shave.diagnosis import Diagnosis
from shave.image import Image
from shave.lock import LeftOut, Lock
from shave.sizes import Sizes
from shave.spec import Spec
from shave.stage import Remark, Stage
from shave.tree import Node
from shave.verbs.asked import Asked
from shave.verbs.build import Built

Outcome = Literal["built", "planned", "refused"]


class LayerRow(Struct, frozen=True):
    """One layer: which part of the image it is, its bytes on the wire and on disk, its regular files."""

    name: str
    packed_bytes: int
    unpacked_bytes: int
    files: int


class UnitRow(Struct, frozen=True):
    """What one origin has in the image: a package with its version, or a part of the spec. ``asked`` if it is a Debian
    package that the spec or its base names.
    """

    unit: str
    version: str
    unpacked_bytes: int
    files: int
    asked: bool


class BuildSummary(Struct, frozen=True):
    """``shave.build/v1``: the spec, where the image went, what it is made of and for, what of that stays out, what the
    user must know of it, whether it starts and answers, seconds per stage, one next step.

    ``outcome`` is "planned" where no output was asked for. ``lock`` is the lock file that was followed or written, and
    ``unasked`` says why probes of the spec were not asked; both are "" where there is nothing to say.
    """

    reference: str
    output: str
    outcome: Outcome
    base: str
    suite: str
    architecture: str
    digest: str
    result: Sizes | None
    layers: tuple[LayerRow, ...]
    packages: tuple[UnitRow, ...]
    left_out: tuple[LeftOut, ...]
    remarks: tuple[Remark, ...]
    diagnoses: tuple[Diagnosis, ...]
    probes: tuple[Asked, ...]
    unasked: str
    lock: str
    seconds: dict[str, float]
    next: str


def summarise(
    built: Built, spec: Spec, *, reference: str, output: str, lock: str, unasked: str, seconds: Mapping[str, float]
) -> BuildSummary:
    """The summary of a finished build. ``output`` is "" where nothing was written."""
    outcome: Outcome = "refused" if built.outcome == "refused" else "built" if output else "planned"
    layers = _layers(built.stage, built.names, built.image) if built.image else ()
    return BuildSummary(
        reference,
        output,
        outcome,
        spec.base,
        built.lock.suite,
        built.lock.architecture,
        built.image.manifest_digest if built.image else "",
        _sizes(layers, built.stage) if built.image else None,
        layers,
        tuple(_units(built)),
        tuple(_left_out(built.lock)),
        built.remarks,
        built.diagnoses,
        built.probes,
        unasked,
        lock,
        {stage: round(amount, 3) for stage, amount in seconds.items()},
        _next(built, reference, output, lock),
    )


def _layers(stage: Stage, names: tuple[str, ...], image: Image) -> tuple[LayerRow, ...]:
    unpacked, files = Counter[str](), Counter[str]()
    for node in _files(stage):
        name = stage.strata[node.layer].layer if len(names) > 1 else names[0]
        unpacked[name] += node.entry.size
        files[name] += 1
    return tuple(
        LayerRow(name, layer.descriptor.size, unpacked[name], files[name])
        for name, layer in zip(names, image.layers, strict=True)
    )


def _sizes(layers: tuple[LayerRow, ...], stage: Stage) -> Sizes:
    packed, unpacked, files = (
        sum(getattr(row, name) for row in layers) for name in ("packed_bytes", "unpacked_bytes", "files")
    )
    return Sizes(packed, False, unpacked, stage.tree.content_bytes, len(layers), files)


def _units(built: Built) -> Iterator[UnitRow]:
    """What each origin has, the largest first."""
    versions = {package.unit: package.version for package in built.catalog.packages}
    asked = {package.name for package in built.lock.packages if package.asked}
    unpacked, files = Counter[str](), Counter[str]()
    for node in _files(built.stage):
        unit = built.stage.strata[node.layer].unit
        unpacked[unit] += node.entry.size
        files[unit] += 1
    for unit in sorted(files, key=lambda unit: (-unpacked[unit], unit)):
        manager, name, *_ = unit.split(":")
        yield UnitRow(unit, versions.get(unit, ""), unpacked[unit], files[unit], manager == "dpkg" and name in asked)


def _left_out(lock: Lock) -> list[LeftOut]:
    """First what packages of the image want themselves, then what that would have brought."""
    there = {package.name for package in lock.packages}
    return sorted(lock.left_out, key=lambda each: each.wanted_by not in there)


def _files(stage: Stage) -> Iterator[Node]:
    """Regular files, each body once."""
    seen: set[tuple[int, str]] = set()
    for node in stage.tree:
        if node.entry.kind == "file" and node.inode not in seen:
            seen.add(node.inode)
            yield node


def _next(built: Built, reference: str, output: str, lock: str) -> str:
    """One thing worth doing now."""
    if built.probes and not built.image:
        return "add what the program misses to the spec; --no-probe writes the image as it is, to look at it"
    if not built.image:
        return "add what is missing to packages, [[copy]] or [[file]] of the spec"
    if not output:
        return f"shave build {reference} -o REF"
    return f"shave inspect {output}" if lock else f"shave build {reference} --lock -o {output}"
