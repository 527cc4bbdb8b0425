"""Images as files of a tar or a directory, exactly as they are: how they travel to the helper and back."""

from collections.abc import Callable, Iterator
from functools import partial

import msgspec
from msgspec import Struct

from shave.errors import BadImageError
from shave.image import Image, Layer
from shave.oci import Config, Manifest, decode, digest_of
from shave.sources.archive import Member
from shave.sources.blobs import chunks
from shave.sources.members import CONFIG_BYTES, MANIFEST_BYTES, Members, read_document


class Label(Struct, frozen=True):
    """What an image says of itself beyond its blobs. ``stored``: the manifest is the source's own, byte for byte."""

    reference: str
    packed: bool
    stored: bool


def members(image: Image, folder: str, advance: Callable[[int], None]) -> Iterator[Member]:
    """The image's files, below ``folder``; ``advance`` is told the layers' bytes as they go."""
    label = msgspec.json.encode(Label(image.reference, image.packed, bool(image.stored_manifest)))
    for name, data in (("label", label), ("manifest", image.manifest_bytes), ("config", image.config_bytes)):
        yield f"{folder}/{name}.json", len(data), [data]
    for number, layer in enumerate(image.layers):
        yield f"{folder}/layer-{number}", layer.descriptor.size, _counted(layer, advance)


def read(place: Members, folder: str) -> Image:
    """The same image, its layers where they lie. Raises BadImageError if its documents contradict each other."""
    label = decode(read_document(place, f"{folder}/label.json", MANIFEST_BYTES, "the label"), Label, "the label")
    manifest_bytes = read_document(place, f"{folder}/manifest.json", MANIFEST_BYTES, "the manifest")
    manifest = decode(manifest_bytes, Manifest, "the manifest")
    config_bytes = read_document(place, f"{folder}/config.json", CONFIG_BYTES, "the config")
    config = decode(config_bytes, Config, "the config")
    algorithm = manifest.config.digest.partition(":")[0]
    if algorithm not in ("sha256", "sha512") or digest_of(config_bytes, algorithm) != manifest.config.digest:
        raise BadImageError(f"the config is not {manifest.config.digest}")
    if len(manifest.layers) != len(config.rootfs.diff_ids):
        raise BadImageError("manifest and config have different numbers of layers")
    layers = tuple(_layer(place, f"{folder}/layer-{number}", manifest, config, number) for number in _numbers(manifest))
    stored = manifest_bytes if label.stored else b""
    return Image(label.reference, config, config_bytes, manifest, layers, label.packed, stored)


def _numbers(manifest: Manifest) -> range:
    return range(len(manifest.layers))


def _layer(place: Members, name: str, manifest: Manifest, config: Config, number: int) -> Layer:
    descriptor, diff_id = manifest.layers[number], config.rootfs.diff_ids[number]
    if place.size(name) != descriptor.size:
        raise BadImageError(f"layer {number} has {place.size(name)} bytes, its descriptor says {descriptor.size}")
    plain = place.place(name) if descriptor.digest == diff_id else None
    return Layer(descriptor, diff_id, partial(place.open, name), plain)


def _counted(layer: Layer, advance: Callable[[int], None]) -> Iterator[bytes]:
    with layer.open() as blob:
        for chunk in chunks(blob):
            advance(len(chunk))
            yield chunk
