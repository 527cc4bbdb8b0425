"""The same image in other blobs: the layers compressed in another way, or all of them as one."""

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from shave.compression import Packing
from shave.errors import CannotError
from shave.events import Sink
from shave.image import Image, Layer
from shave.layering import build, written
from shave.oci import (
    DOCKER_LAYER,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_LAYER,
    OCI_MANIFEST,
    Config,
    Descriptor,
    decode,
    digest_of,
)
from shave.parallel import Advance, each
from shave.rootfs import squashed
from shave.sources.blobs import plain
from shave.store import unpack


def recompress(image: Image, packing: Packing, directory: Path, sink: Sink) -> Image:
    """The image with the same tars, so the same config, in blobs compressed by ``packing``, which lie in ``directory``.

    Docker's schema 2 knows gzip and plain tars; with zstd its manifest becomes one of OCI. What a layer's annotations
    said of its old blob is dropped. Raises BadImageError if a tar is not what its diff ID says.
    """

    def work(found: tuple[int, Layer], advance: Advance) -> Layer:
        number, layer = found
        try:
            stream = plain(layer, number, lambda amount: advance(0))
            made = written(stream, None, directory / f"layer-{number}", packing)
        except OSError as error:
            words = error.strerror or error
            raise CannotError(f"layer {number} cannot be written: {words}", "look at the disk and at TMPDIR") from error
        advance(layer.descriptor.size)
        return made

    total = sum(layer.descriptor.size for layer in image.layers)
    return with_blobs(image, each("compress", total, enumerate(image.layers), work, sink))


def with_blobs(image: Image, layers: Sequence[Layer]) -> Image:
    """The image with these layers in place of its own, of the same diff IDs."""
    docker = image.descriptor.media_type == DOCKER_MANIFEST and not any(
        layer.descriptor.media_type.endswith("zstd") for layer in layers
    )
    if docker:
        layers = [replace(layer, descriptor=_docker(layer.descriptor)) for layer in layers]
    packed = any(layer.descriptor.digest != layer.diff_id for layer in layers)
    manifest = replace(
        image.manifest,
        media_type=DOCKER_MANIFEST if docker else OCI_MANIFEST,
        config=image.manifest.config if docker else replace(image.manifest.config, media_type=OCI_CONFIG),
        layers=tuple(layer.descriptor for layer in layers),
    )
    return replace(image, manifest=manifest, layers=tuple(layers), packed=packed, stored_manifest=b"")


def _docker(descriptor: Descriptor) -> Descriptor:
    return replace(descriptor, media_type=descriptor.media_type.replace(OCI_LAYER, DOCKER_LAYER).replace("+", "."))


def squash(image: Image, packing: Packing | None, directory: Path, sink: Sink) -> Image:
    """The image with its merged tree as one layer, written anew in ``directory``: what upper layers hid is gone.

    Its history keeps all instructions, none of which has a layer of its own any more, and gains one that says so.
    """
    for name in ("plain", "squashed"):
        (directory / name).mkdir(parents=True, mode=0o700)
    unpacked = unpack(image, directory / "plain", sink)
    keep = [path for path in unpacked.tree.nodes if path]
    made = build(
        unpacked, keep, directory / "squashed", flatten=True, annotations={}, sink=sink, packing=packing or Packing()
    )
    diff_ids = [layer.diff_id for layer in made.layers]
    config = squashed(image.config_bytes, diff_ids, f"shave copy --squash: {len(image.layers)} layers as one")
    described = Descriptor(OCI_CONFIG, digest_of(config), len(config))
    return replace(
        made,
        config=decode(config, Config, "config"),
        config_bytes=config,
        manifest=replace(made.manifest, config=described),
    )
