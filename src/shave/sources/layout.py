"""Finding one image in an OCI layout, wherever its files are, and verifying all it says but its layers."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from shave.errors import BadImageError, CannotError
from shave.image import Image, ImageIndex, Layer
from shave.oci import (
    DOCKER_CONFIG,
    INDEXES,
    MANIFESTS,
    OCI_CONFIG,
    REF_NAME,
    Config,
    Descriptor,
    Index,
    Manifest,
    Platform,
    blob_path,
    decode,
)
from shave.reference import Reference
from shave.sources.blobs import Advance, stored, verified
from shave.sources.members import CONFIG_BYTES, MANIFEST_BYTES, Members, read_blob, read_document
from shave.sources.platforms import pick

MARKER = b'{"imageLayoutVersion":"1.0.0"}'
_DEPTH = 4
# BuildKit, docs/attestations/attestation-storage.md
_ATTESTATION = "vnd.docker.reference.type"
_LAYERS = 4096
# refused by name, and so not overlooked in an index
_SCHEMA_1 = "distribution.manifest.v1+"


class Marker(Struct, frozen=True, rename="camel"):
    """The file ``oci-layout`` (image-layout.md)."""

    image_layout_version: str


class _Shape(Struct, frozen=True, rename="camel"):
    """What tells the kinds of documents apart. One that is two kinds at once is an attack (CVE-2021-41190)."""

    schema_version: int = 0
    media_type: str = ""
    manifests: Any = None
    layers: Any = None
    config: Any = None
    fs_layers: Any = None


class Images(Protocol):
    """A place whose images are found from their descriptors: a layout, or a repository of a registry."""

    def document(self, descriptor: Descriptor, limit: int, what: str) -> bytes:
        """A manifest, an index or a config of at most ``limit`` bytes, size and digest verified."""

    def layer(self, descriptor: Descriptor, diff_id: str, what: str) -> Layer:
        """A layer that is there, as far as can be known without reading it. Raises BadImageError naming ``what``."""


class Stored(Struct, frozen=True):
    """The images of a layout, by the files it is made of."""

    members: Members

    def document(self, descriptor: Descriptor, limit: int, what: str) -> bytes:
        """See ``Images``."""
        return read_blob(self.members, descriptor, limit, what)

    def layer(self, descriptor: Descriptor, diff_id: str, what: str) -> Layer:
        """See ``Images``."""
        name = blob_path(descriptor.digest)
        size = self.members.size(name)
        if size is None:
            raise BadImageError(f"{what} is missing: {self.members.path} has no {name}")
        if size != descriptor.size:
            raise BadImageError(f"{what} has {size} bytes, its descriptor says {descriptor.size}")
        # a blob with the digest of the plain tar is the plain tar, whatever its media type says
        plain = self.members.place(name) if descriptor.digest == diff_id else None
        return Layer(descriptor, diff_id, partial(self.members.open, name), plain)


def read_image(members: Members, reference: Reference, platform: Platform | None) -> Image:
    """The image of a layout that ``reference`` and ``platform`` choose."""
    stored, found = Stored(members), _entries(members, reference)
    return image_at(stored, leaf_for(stored, found, platform, str(reference)), str(reference))


def read_images(members: Members, reference: Reference) -> ImageIndex:
    """All images of a layout that have the name."""
    return images_at(Stored(members), _entries(members, reference), str(reference))


def _entries(members: Members, reference: Reference) -> list[Descriptor]:
    """What the index of a layout says of the name; at least one."""
    marker = decode(read_document(members, "oci-layout", MANIFEST_BYTES, "the layout marker"), Marker, "oci-layout")
    if not marker.image_layout_version.startswith("1."):
        raise BadImageError(
            f"{members.path} is an OCI layout of the unknown version {marker.image_layout_version[:20]!r}"
        )
    entries = [entry for entry in read_index(members).manifests if _is_image(entry)]
    found = _choose(Stored(members), entries, reference)
    if not found:
        raise CannotError(f"{reference} is not there", f"{members.path} has: {_list(entries) or 'no images'}")
    return found


def read_index(members: Members) -> Index:
    """The layout's ``index.json``."""
    return _index(read_document(members, "index.json", MANIFEST_BYTES, "the index"), "", "index.json")


def image_at(images: Images, descriptor: Descriptor, reference: str) -> Image:
    """The image whose manifest ``descriptor`` names."""
    data, manifest = _manifest(images, descriptor)
    what = f"manifest {descriptor.digest}"
    if manifest.config.media_type not in (OCI_CONFIG, DOCKER_CONFIG):
        raise BadImageError(f"{what} is no container image: its config is of type {manifest.config.media_type[:100]!r}")
    config_bytes = images.document(manifest.config, CONFIG_BYTES, "config")
    config = read_config(config_bytes, f"config {manifest.config.digest}", len(manifest.layers))
    pairs = zip(manifest.layers, config.rootfs.diff_ids, strict=True)
    layers = tuple(_layer(images, number, *pair) for number, pair in enumerate(pairs))
    return Image(reference, config, config_bytes, manifest, layers, stored_manifest=data)


def images_at(images: Images, entries: list[Descriptor], reference: str) -> ImageIndex:
    """All images among the entries and below them, with the index if it is one that names them."""
    leaves = {leaf.digest: leaf for entry in entries for leaf in walk(images, entry) if leaf.media_type not in INDEXES}
    found = tuple(image_at(images, leaf, reference) for leaf in leaves.values())
    if not found:
        raise CannotError(f"{reference} is an index without images")
    named = len(entries) == 1 and entries[0].media_type in INDEXES
    return ImageIndex(reference, found, images.document(entries[0], MANIFEST_BYTES, "index") if named else b"")


def _manifest(images: Images, descriptor: Descriptor) -> tuple[bytes, Manifest]:
    what = f"manifest {descriptor.digest}"
    data = images.document(descriptor, MANIFEST_BYTES, "manifest")
    _check_shape(data, descriptor.media_type, what, {"config", "layers"})
    return data, decode(data, Manifest, what)


def read_config(data: bytes, what: str, layers: int) -> Config:
    """A config that fits ``layers`` layers."""
    config = decode(data, Config, what)
    diff_ids = config.rootfs.diff_ids
    if config.rootfs.type != "layers":
        raise BadImageError(f"{what} has a file system of the unknown type {config.rootfs.type[:100]!r}")
    if len(diff_ids) != layers or layers > _LAYERS:
        raise BadImageError(f"{what} names {len(diff_ids)} layers, the manifest {layers}")
    for diff_id in diff_ids:
        blob_path(diff_id)
    return config


def _layer(images: Images, number: int, descriptor: Descriptor, diff_id: str) -> Layer:
    what = f"layer {number} ({descriptor.digest[:100]})"
    if descriptor.urls or "nondistributable" in descriptor.media_type or ".foreign." in descriptor.media_type:
        raise BadImageError(f"{what} is a foreign layer, kept at an URL outside the image; shave does not fetch those")
    return images.layer(descriptor, diff_id, what)


def _index(data: bytes, media_type: str, what: str) -> Index:
    _check_shape(data, media_type, what, {"manifests"})
    return decode(data, Index, what)


def _check_shape(data: bytes, media_type: str, what: str, allowed: set[str]) -> None:
    shape = decode(data, _Shape, what)
    if shape.schema_version == 1 or shape.fs_layers is not None or _SCHEMA_1 in media_type:
        raise BadImageError(
            f"{what} is of Docker's schema 1, which is not read", "pull and push it with a newer Docker"
        )
    found = {name for name in ("manifests", "config", "layers") if getattr(shape, name) is not None}
    # an image without layers may leave them out
    if not allowed - {"layers"} <= found <= allowed:
        wanted = "an index" if "manifests" in allowed else "an image manifest"
        raise BadImageError(f"{what} is not {wanted}: it has {', '.join(sorted(found)) or 'none of the fields'}")
    if media_type and shape.media_type not in ("", media_type):
        raise BadImageError(f"{what} calls itself {shape.media_type[:100]!r}, its descriptor {media_type[:100]!r}")


def leaf_for(images: Images, entries: list[Descriptor], platform: Platform | None, what: str) -> Descriptor:
    """The manifest for ``platform`` among the entries and all that is below them."""
    leaves = {leaf.digest: leaf for entry in entries for leaf in walk(images, entry) if leaf.media_type not in INDEXES}
    return pick([(_platform(images, leaf), leaf) for leaf in leaves.values()], platform, what)


def _choose(images: Images, entries: list[Descriptor], reference: Reference) -> list[Descriptor]:
    """The entries of one image, nothing if there is none of that name."""
    found = list(_named(images, entries, reference))
    if len({entry.digest for entry in found}) > 1 and any(REF_NAME in entry.annotations for entry in found):
        raise CannotError(f"{reference} is more than one image", f"choose one of: {_list(entries)}")
    return found


def _named(images: Images, entries: list[Descriptor], reference: Reference) -> Iterator[Descriptor]:
    if reference.digest:
        every = (found for entry in entries for found in walk(images, entry))
        yield from (found for found in every if found.digest == reference.digest)
    else:
        tag = reference.tag
        yield from (entry for entry in entries if not tag or entry.annotations.get(REF_NAME) == tag)


def walk(images: Images, entry: Descriptor) -> Iterator[Descriptor]:
    """The entry and, if it is an index, everything below it that can be an image; each digest once."""
    seen: set[str] = set()
    waiting = [(entry, 0)]
    while waiting:
        here, depth = waiting.pop(0)
        if here.digest in seen or not _is_image(here):
            continue
        seen.add(here.digest)
        yield here
        if here.media_type in INDEXES:
            if depth == _DEPTH:
                raise BadImageError(f"index {here.digest[:100]} is nested more than {_DEPTH} deep")
            what = f"index {here.digest[:100]}"
            nested = _index(images.document(here, MANIFEST_BYTES, "index"), here.media_type, what)
            waiting.extend((below, depth + 1) for below in nested.manifests)


def _is_image(entry: Descriptor) -> bool:
    unknown = entry.platform is not None and (entry.platform.os, entry.platform.architecture) == ("unknown", "unknown")
    known = entry.media_type in (*MANIFESTS, *INDEXES) or _SCHEMA_1 in entry.media_type
    return known and not unknown and _ATTESTATION not in entry.annotations


def _platform(images: Images, leaf: Descriptor) -> Platform:
    """An entry of an index need not name its platform: the config knows it."""
    if leaf.platform and leaf.platform.architecture:
        return leaf.platform
    _, manifest = _manifest(images, leaf)
    return decode(images.document(manifest.config, CONFIG_BYTES, "config"), Config, "the config").platform


def _list(entries: list[Descriptor]) -> str:
    names = {entry.annotations.get(REF_NAME, f"@{entry.digest[:100]}") for entry in entries}
    return ", ".join(sorted(names))


class Blob(Struct, frozen=True):
    """A blob to be written: its bytes come verified, as often as asked."""

    digest: str
    size: int
    body: Callable[[], Iterator[bytes]]


def blobs_of(images: ImageIndex, advance: Advance) -> Iterator[Blob]:
    """What images are made of, each digest once, the index last. ``advance`` hears of the layers' bytes."""
    for digest, (number, layer) in layers_of(images).items():
        yield Blob(digest, layer.descriptor.size, partial(stored, layer, number, advance))
    for digest, data in documents_of(images).items():
        yield Blob(digest, len(data), partial(verified, [data], digest, "config or manifest", lambda amount: None))


def layers_of(images: ImageIndex) -> dict[str, tuple[int, Layer]]:
    """The layers by digest, with the number each has in an image."""
    every = (numbered for image in images.images for numbered in enumerate(image.layers))
    return {layer.descriptor.digest: (number, layer) for number, layer in every}


def documents_of(images: ImageIndex) -> dict[str, bytes]:
    """Configs, manifests and the index by digest, each after those that it names."""
    documents: dict[str, bytes] = {}
    for image in images.images:
        documents |= {image.config_digest: image.config_bytes, image.manifest_digest: image.manifest_bytes}
    return documents if images.alone else {**documents, images.descriptor.digest: images.index_bytes}


def packed_bytes(images: ImageIndex) -> int:
    """Bytes of the layers, each once."""
    return sum(layer.descriptor.size for _, layer in layers_of(images).values())


def entry_of(images: ImageIndex, tag: str) -> Descriptor:
    """What the index of a layout says of images."""
    return replace(images.descriptor, annotations={REF_NAME: tag} if tag else {})
