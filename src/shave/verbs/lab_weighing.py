"""What each image of a lab costs, counted and not estimated, and remembered: a second report exports nothing."""

import hashlib
from collections.abc import Mapping

from msgspec import MsgspecError, Struct, msgpack
from msgspec.structs import replace

from shave import layer_cache
from shave.catalog.explained import explain
from shave.compression import Packing
from shave.errors import BadImageError, CannotError
from shave.events import Remark, Sink
from shave.image import Image
from shave.lab import BuildRecord
from shave.reference import parse
from shave.sources import open_image
from shave.verbs.lab_images import found
from shave.verbs.packed import packed_bytes
from shave.verbs.remembered import code
from shave.verbs.size import Reading, Weight, weigh

_READING = Reading(deep=True, exact=True)
_ENGINES = ("docker-daemon:", "containers-storage:")
_KIND = "weighed"
_NO_APPLICATION = ("shared framework", "pack")


class Weighed(Struct, frozen=True):
    """An image of a lab. ``repacked_bytes`` are its packed bytes in another compression, None where nobody asked.

    ``models`` are the deployment models of its .NET applications, in the words of ``shave inspect``.
    """

    weight: Weight
    repacked_bytes: int | None = None
    models: tuple[str, ...] = ()


def weighed(builds: Mapping[str, BuildRecord], repack: Packing | None, sink: Sink) -> dict[str, Weighed]:
    """The image of each variant that was built, by the variant's name; also as ``repack`` would compress it.

    An image that is gone, is another by now, or cannot be read, is left out and said.
    """
    made: dict[str, Weighed] = {}
    for record in builds.values():
        if record.outcome == "built":
            try:
                made[record.variant] = _recalled(record, repack) or _weighed(record, repack, sink)
            except (BadImageError, CannotError) as error:
                sink(Remark(f"{record.variant} is not weighed: {error}", "warning"))
    return made


def _weighed(record: BuildRecord, repack: Packing | None, sink: Sink) -> Weighed:
    require_same(record)
    with open_image(parse(record.reference), None, sink) as image:
        made = Weighed(
            weigh(image, _READING, sink),
            sum(packed_bytes(_distinct(image), repack, sink)) if repack else None,
            _models(image, sink),
        )
    if _is_of_engine(record):
        layer_cache.remember(_key(record, repack), _KIND, msgpack.encode(made))
    return made


def require_same(record: BuildRecord) -> None:
    """Raise CannotError if another image, or none, is where the record's was built."""
    there = found(record.reference)
    if there is None or there.digest != record.digest:
        raise CannotError(f"{record.reference} is not the image that was built", "shave lab build makes it again")


def _distinct(image: Image) -> Image:
    """A layer that is listed twice is transferred once."""
    return replace(image, layers=tuple({layer.diff_id: layer for layer in image.layers}.values()))


def _models(image: Image, sink: Sink) -> tuple[str, ...]:
    packages = explain(image, sink).catalog.packages
    kinds = {package.kind for package in packages if package.manager == "dotnet" and package.kind}
    return tuple(sorted(kind for kind in kinds if not kind.startswith(_NO_APPLICATION)))


def _recalled(record: BuildRecord, repack: Packing | None) -> Weighed | None:
    """What was found of the same config in an engine, which has its tars as they are; blobs may be packed anew."""
    data = layer_cache.recall(_key(record, repack), _KIND) if _is_of_engine(record) else None
    try:
        known = msgpack.decode(data, type=Weighed) if data else None
    except MsgspecError:
        return None
    return known and replace(known, weight=replace(known.weight, reference=record.reference))


def _is_of_engine(record: BuildRecord) -> bool:
    return record.reference.startswith(_ENGINES)


def _key(record: BuildRecord, repack: Packing | None) -> str:
    return "sha256:" + hashlib.sha256(f"{code()} {record.digest} {repack}".encode()).hexdigest()
