"""Images from one place to another: blobs and manifests as they are, or in the form that was asked for."""

from collections import Counter
from pathlib import Path
from time import monotonic
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from shave import layer_cache
from shave.compression import GZIP, Packing
from shave.events import BlobWritten, Event, Remark, Sink
from shave.image import Image, ImageIndex
from shave.reference import Reference, Transport
from shave.sources import write_images
from shave.sources.layout import layers_of
from shave.trust import CAREFUL, Trust
from shave.verbs.recompress import recompress, squash
from shave.verbs.validate import MismatchError, all_told, checked, claims

# the places that keep blobs and manifests as they are; others keep the config and make blobs of their own
_KEEPING: tuple[Transport, ...] = ("docker", "oci", "oci-archive")


class Change(Struct, frozen=True):
    """What is to be different in the copy: the compression of its layers, and whether they are one."""

    packing: Packing | None = None
    squash: bool = False


class Tally(Struct, frozen=True):
    """How many layers, and their packed bytes."""

    layers: int
    packed_bytes: int


class Copied(Struct, frozen=True):
    """``shave.copy/v1``: what was copied where, and what of it had to be.

    ``manifest_digest`` is that of the manifest, or of the index if all platforms were copied; empty where the target
    keeps no manifests. ``reused`` layers were there already, ``mounted`` ones came from another repository of the same
    registry.
    """

    input: str
    output: str
    manifest_digest: str
    config_digests: tuple[str, ...]
    platforms: tuple[str, ...]
    copied: Tally
    reused: Tally
    mounted: Tally
    seconds: float
    next: str


def copy(
    images: ImageIndex, target: Reference, change: Change, directory: Path, sink: Sink, trust: Trust = CAREFUL
) -> Copied:
    """Write images to ``target``, changed as asked; what a change makes lies in ``directory`` meanwhile.

    Without a change, manifests and configs are the same byte for byte wherever the target keeps such; but a source that
    packs nothing has made its manifest up, and its plain tars go to a registry as gzip, as with skopeo and docker push.
    Every claim is recomputed on the way: blobs are verified and looked into while they are written, with one reading;
    where they are taken apart anyway (a change, an engine), the tars are. Layers that the target has already are not
    read, and what is in a blob is looked at once in a machine's life. Raises MismatchError with all that does not hold;
    then nothing is written.
    """
    begun = monotonic()
    told: dict[str, str] = {}

    def hear(event: Event) -> None:
        if isinstance(event, BlobWritten):
            told[event.digest] = event.how
        sink(event)

    made = _validated(images, target, change, directory, hear, trust)
    if made is images and target.transport in _KEEPING:
        for digest, (_, layer) in layers_of(images).items():
            if told.get(digest, "copied") == "copied":
                layer_cache.prove(digest, layer.diff_id)
    return _copied(made, target, told, monotonic() - begun, change)


def _validated(
    images: ImageIndex, target: Reference, change: Change, directory: Path, sink: Sink, trust: Trust
) -> ImageIndex:
    wrong = tuple(claims(images))
    with all_told(images, sink):
        if any(mismatch.harms for mismatch in wrong):
            raise MismatchError(images.reference, wrong)
        for mismatch in wrong:
            sink(Remark(str(mismatch), "warning"))
        made = _changed(images, _fitting(change, images, target), directory, sink)
        as_they_are = made is images and target.transport in _KEEPING
        write_images(checked(images) if as_they_are else made, target, sink, trust)
        return made


def _fitting(change: Change, images: ImageIndex, target: Reference) -> Change:
    """What was asked for, or gzip where plain tars would go to a registry unasked: all who pull would pay for them."""
    plain = any(image.layers and not image.packed for image in images.images)
    return replace(change, packing=GZIP) if target.transport == "docker" and plain and not change.packing else change


def _changed(images: ImageIndex, change: Change, directory: Path, sink: Sink) -> ImageIndex:
    if change == Change():
        return images
    made = tuple(_one(image, change, directory / f"image-{number}", sink) for number, image in enumerate(images.images))
    return replace(images, images=made)


def _one(image: Image, change: Change, directory: Path, sink: Sink) -> Image:
    directory.mkdir(mode=0o700)
    if change.squash:
        return squash(image, change.packing, directory, sink)
    return recompress(image, change.packing, directory, sink) if change.packing else image


def _copied(images: ImageIndex, target: Reference, told: dict[str, str], seconds: float, change: Change) -> Copied:
    layers, packed = Counter[str](), Counter[str]()
    for digest, (_, layer) in layers_of(images).items():
        how = told.get(digest, "copied")
        layers[how] += 1
        packed[how] += layer.descriptor.size
    tallies: dict[Literal["copied", "reused", "mounted"], Tally] = {
        how: Tally(layers[how], packed[how]) for how in ("copied", "reused", "mounted")
    }
    return Copied(
        images.reference,
        str(target),
        images.descriptor.digest if target.transport in _KEEPING else "",
        tuple(image.config_digest for image in images.images),
        tuple(str(image.config.platform) for image in images.images),
        **tallies,
        seconds=round(seconds, 3),
        next=f"shave verify {images.reference} {target}" if change.squash else f"shave slim {target}",
    )
