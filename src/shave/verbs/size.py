"""``shave size``: what images cost on the wire and on disk, how long they take to pull, and what they share."""

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from shave import survey as surveying
from shave.catalog import interest
from shave.compression import GZIP
from shave.events import Sink
from shave.image import Image
from shave.survey import Survey
from shave.verbs.packed import packed_bytes
from shave.verbs.pull import MODEL, Link, Model, Pull, seconds
from shave.verbs.sharing import Identity, Sharing, sharing


class Reading(Struct, frozen=True):
    """How much is read to weigh an image.

    ``deep`` reads the layers of an image in a registry, of which else manifest and config are enough. ``exact`` packs
    layers that the source has uncompressed, to count the bytes; else they are estimated.
    """

    deep: bool = False
    exact: bool = False


class Blob(Struct, frozen=True):
    """A layer as it is stored and transferred; ``digest`` is "" where the source has it uncompressed only."""

    digest: str
    diff_id: str
    packed_bytes: int


class Disk(Struct, frozen=True):
    """Bytes on disk, known once the layers have been read.

    Docker's Size is ``unpacked_bytes`` and the length of every symlink's target (moby, pkg/directory).
    """

    unpacked_bytes: int
    content_bytes: int

    @property
    def wasted_bytes(self) -> int:
        """Of what is unpacked, bytes that no container sees: copies that were overwritten or deleted."""
        return self.unpacked_bytes - self.content_bytes


class Weight(Struct, frozen=True):
    """One image, weighed. ``digest`` is its manifest's, or its config's where the source packs nothing.

    ``document_bytes`` are manifest and config. ``disk`` is None where no layer was read.
    """

    reference: str
    platform: str
    digest: str
    document_bytes: int
    layers: tuple[Blob, ...]
    estimated: bool
    disk: Disk | None

    @property
    def packed_bytes(self) -> int:
        """Bytes of the blobs, each once."""
        return sum(_by(self, "diff ID").values())


class Row(Struct, frozen=True):
    """What one image costs. Disk bytes are None where no layer was read; ``ratio`` is packed bytes to the baseline's.

    ``missing_bytes`` are the packed bytes of the layers that a node lacks which has the images of ``Sized.has``.
    """

    reference: str
    platform: str
    digest: str
    layers: int
    packed_bytes: int
    packed_estimated: bool
    unpacked_bytes: int | None = None
    content_bytes: int | None = None
    wasted_bytes: int | None = None
    ratio: float | None = None
    missing_bytes: int | None = None
    pulls: tuple[Pull, ...] = ()


class Sized(Struct, frozen=True):
    """``shave.size/v1``. ``model`` is how the seconds of pulls are found; ``sharing`` is None for one image."""

    images: tuple[Row, ...]
    baseline: str
    has: tuple[str, ...]
    model: Model | None
    sharing: Sharing | None
    next: str


def weigh(image: Image, reading: Reading, sink: Sink) -> Weight:
    """Weigh an image: one in a registry by its manifest, any other by reading its layers, which is known the next time.

    Raises BadImageError if it is not what it claims to be.
    """
    shallow = image.reference.startswith("docker://") and not reading.deep
    survey = None if shallow else surveying.survey(image, interest(), sink)
    return Weight(
        image.reference,
        str(image.config.platform),
        image.manifest_digest if image.packed else image.config_digest,
        len(image.manifest_bytes) + len(image.config_bytes),
        _blobs(image, survey, reading, sink),
        not image.packed and not reading.exact,
        _disk(survey) if survey else None,
    )


def _blobs(image: Image, survey: Survey | None, reading: Reading, sink: Sink) -> tuple[Blob, ...]:
    packed = [layer.descriptor.size for layer in image.layers]
    if not image.packed and reading.exact:
        packed = list(packed_bytes(image, GZIP, sink))
    elif not image.packed and survey:
        packed = [layer.positions.packed_bytes for layer in survey.layers]
    pairs = zip(image.layers, packed, strict=True)
    return tuple(Blob(layer.descriptor.digest if image.packed else "", layer.diff_id, size) for layer, size in pairs)


def _disk(survey: Survey) -> Disk:
    files = (entry.size for layer in survey.layers for entry in layer.index.entries if entry.kind == "file")
    return Disk(sum(files), survey.tree.content_bytes)


def size(
    weights: Sequence[Weight],
    baseline: Sequence[Weight] = (),
    has: Sequence[Weight] = (),
    links: Sequence[Link] = (),
) -> Sized:
    """Compare images that were weighed, at least one.

    Ratios are to the baseline's image of the same platform, or to its first; without a baseline, to the first of all.
    ``has`` are the images of a node that is no longer cold; ``links`` those over which it pulls.
    """
    against = baseline or [weight for weight in weights if weight.reference == weights[0].reference]
    identity: Identity = (
        "digest" if all(blob.digest for each in (*weights, *has) for blob in each.layers) else "diff ID"
    )
    there = {layer for each in has for layer in _by(each, identity)} if has else None
    sets = [_by(weight, identity) for weight in weights]
    estimated = any(weight.estimated for weight in weights)
    return Sized(
        tuple(_row(weight, against, layers, there, links) for weight, layers in zip(weights, sets, strict=True)),
        against[0].reference,
        tuple(dict.fromkeys(weight.reference for weight in has)),
        MODEL if links else None,
        sharing(sets, identity, estimated) if len(weights) > 1 else None,
        _next(weights),
    )


def _by(weight: Weight, identity: Identity) -> dict[str, int]:
    """Packed bytes of an image's layers, each once, by what makes two layers one."""
    return {blob.digest if identity == "digest" else blob.diff_id: blob.packed_bytes for blob in weight.layers}


def _row(
    weight: Weight,
    baseline: Sequence[Weight],
    layers: Mapping[str, int],
    there: Collection[str] | None,
    links: Sequence[Link],
) -> Row:
    missing = None if there is None else [packed for layer, packed in layers.items() if layer not in there]
    return Row(
        weight.reference,
        weight.platform,
        weight.digest,
        len(weight.layers),
        weight.packed_bytes,
        weight.estimated,
        weight.disk.unpacked_bytes if weight.disk else None,
        weight.disk.content_bytes if weight.disk else None,
        weight.disk.wasted_bytes if weight.disk else None,
        _ratio(weight, baseline),
        None if missing is None else sum(missing),
        tuple(_pull(weight, list(layers.values()), missing, link) for link in links),
    )


def _pull(weight: Weight, layers: Sequence[int], missing: Sequence[int] | None, link: Link) -> Pull:
    cold = seconds(layers, weight.document_bytes, link)
    warm = None if missing is None else seconds(missing, weight.document_bytes, link)
    return Pull(link, round(cold, 3), None if warm is None else round(warm, 3))


def _ratio(weight: Weight, baseline: Sequence[Weight]) -> float | None:
    same = [other for other in baseline if other.platform == weight.platform]
    whole = (same or baseline)[0].packed_bytes
    return round(weight.packed_bytes / whole, 4) if whole else None


def _next(weights: Sequence[Weight]) -> str:
    """Look into the largest."""
    largest = max(weights, key=lambda weight: weight.packed_bytes)
    return f"shave inspect {largest.reference}"
