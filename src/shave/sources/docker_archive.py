"""``docker-archive:file.tar[:name:tag|:@index]``: what ``docker save`` writes.

Source: moby, image/spec/v1.2.md (``manifest.json``); since Docker 25 the archive is an OCI layout too.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shave.compression import detect
from shave.errors import BadImageError, CannotError, UsageError
from shave.events import Sink, stage
from shave.image import Image, Layer
from shave.oci import (
    MANIFESTS,
    OCI_CONFIG,
    OCI_LAYER,
    OCI_MANIFEST,
    Config,
    Descriptor,
    Manifest,
    Platform,
    blob_path,
    decode,
    digest_of,
)
from shave.reference import Reference, Transport, full_name, parse
from shave.sources.archive import Archive, Member, archive_at, write_archive
from shave.sources.blobs import Advance, chunks, plain, plain_size
from shave.sources.layout import Stored, image_at, read_config, read_index, walk
from shave.sources.members import CONFIG_BYTES, MANIFEST_BYTES, read_blob, read_document
from shave.sources.platforms import pick
from shave.trust import Trust

_NAMING: tuple[Transport, ...] = ("docker", "docker-daemon", "containers-storage")


class Saved(Struct, frozen=True, rename="pascal"):
    """One image of ``manifest.json``: names of members of the archive."""

    config: str
    repo_tags: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()


class DockerArchive:
    """Archives of ``docker save``, read in place. Writing replaces the file by one with this image alone."""

    transport: Transport = "docker-archive"

    @contextmanager
    def open(self, reference: Reference, platform: Platform | None, trust: Trust, sink: Sink) -> Iterator[Image]:
        """See ``protocol.Source``."""
        with archive_at(Path(reference.name), sink) as archive:
            yield read_saved(archive, reference, reference.tag, platform)

    def write(self, image: Image, reference: Reference, trust: Trust, sink: Sink) -> None:
        """See ``protocol.Source``. The layers are written uncompressed, as every loader understands them."""
        if reference.tag.startswith("@"):
            raise UsageError(f"{reference} cannot be written: an index is no name", "give docker-archive:FILE:NAME:TAG")
        name = reference.tag or _own_name(image)
        with stage(sink, "write", sum(layer.descriptor.size for layer in image.layers)) as advance:
            write_archive(Path(reference.name), saved_members(image, name, advance), str(reference))


def read_saved(archive: Archive, reference: Reference, name: str, platform: Platform | None) -> Image:
    """The image of an archive with this name (``repository:tag``, ``@index``, or empty for the only one)."""
    if archive.size("manifest.json") is None and archive.size("index.json") is not None:
        raise CannotError(f"{reference} is no archive of docker save", f"read it as oci-archive:{reference.name}")
    if archive.size("manifest.json") is None:
        raise BadImageError(
            f"{archive.path} has no manifest.json: it is no archive of docker save, or of a Docker before 1.10",
            "docker save and shave copy make such files",
        )
    data = read_document(archive, "manifest.json", MANIFEST_BYTES, "manifest.json")
    found = _choose(decode(data, tuple[Saved, ...], "manifest.json"), reference, name)
    images = [_image(archive, saved, str(reference)) for saved in found]
    return pick([(image.config.platform, image) for image in images], platform, str(reference))


def saved_members(image: Image, name: str, advance: Advance) -> Iterator[Member]:
    """The members of an archive with one image, named if ``name`` is not empty."""
    layers = {layer.diff_id: (number, layer) for number, layer in enumerate(image.layers)}
    named = (full_name(name),) if name else ()
    paths = tuple(blob_path(layer.diff_id) for layer in image.layers)
    manifest = msgspec.json.encode([Saved(blob_path(image.config_digest), named, paths)])
    yield "manifest.json", len(manifest), [manifest]
    yield blob_path(image.config_digest), len(image.config_bytes), [image.config_bytes]
    for diff_id, (number, layer) in layers.items():
        yield blob_path(diff_id), plain_size(layer), plain(layer, number, advance)


def _own_name(image: Image) -> str:
    """What an engine or a registry calls the image; empty if it comes from elsewhere."""
    try:
        found = parse(image.reference)
    except UsageError:  # made by a program, which may say what it likes
        return ""
    if found.transport not in _NAMING or found.digest or found.name.startswith(("sha256:", "sha512:")):
        return ""
    return f"{found.name}:{found.tag or 'latest'}"


def _choose(images: tuple[Saved, ...], reference: Reference, name: str) -> list[Saved]:
    """The images that are meant: more than one only if platforms alone tell them apart."""
    if name.startswith("@"):
        found = list(images[int(name[1:]) :][:1])
    else:
        found = [saved for saved in images if not name or full_name(name) in map(_written_out, saved.repo_tags)]
    names = ", ".join(sorted({tag for saved in images for tag in saved.repo_tags})) or "no names"
    if not found:
        raise CannotError(f"{reference} is not there", f"{reference.name} has: {names}")
    if not name and len({saved.config for saved in found}) > 1 and len({saved.repo_tags for saved in found}) > 1:
        raise CannotError(f"{reference} is more than one image", f"choose one of: {names}")
    return list({saved.config: saved for saved in found}.values())


def _written_out(name: str) -> str:
    try:
        return full_name(name)
    except UsageError:
        return name


def _image(archive: Archive, saved: Saved, reference: str) -> Image:
    config_bytes = read_document(archive, saved.config, CONFIG_BYTES, "config")
    digest = digest_of(config_bytes)
    claimed = PurePosixPath(saved.config).name.removesuffix(".json")
    if re.fullmatch("[0-9a-f]{64}", claimed) and digest != f"sha256:{claimed}":
        raise BadImageError(f"config is not what its name says: {saved.config} has the digest {digest}")
    config = read_config(config_bytes, f"config {digest}", len(saved.layers))
    stored = _stored(archive, saved, digest, reference)
    return stored or _made_up(archive, saved, config, config_bytes, reference)


def _stored(archive: Archive, saved: Saved, config_digest: str, reference: str) -> Image | None:
    """The same image by the archive's OCI index, if it has one: with its real manifest."""
    if archive.size("index.json") is None:
        return None
    for entry in read_index(archive).manifests:
        for leaf in walk(Stored(archive), entry):
            if leaf.media_type in MANIFESTS and archive.size(blob_path(leaf.digest)) is not None:
                data = read_blob(archive, leaf, MANIFEST_BYTES, "manifest")
                manifest = decode(data, Manifest, f"manifest {leaf.digest}")
                names = tuple(blob_path(layer.digest) for layer in manifest.layers)
                if (manifest.config.digest, names) == (config_digest, saved.layers):
                    image = image_at(Stored(archive), leaf, reference)
                    return replace(image, packed=_packed(image.layers))
    return None


def _made_up(archive: Archive, saved: Saved, config: Config, config_bytes: bytes, reference: str) -> Image:
    pairs = zip(saved.layers, config.rootfs.diff_ids, strict=True)
    layers = tuple(_layer(archive, name, diff_id, number) for number, (name, diff_id) in enumerate(pairs))
    described = Descriptor(OCI_CONFIG, digest_of(config_bytes), len(config_bytes))
    manifest = Manifest(2, described, tuple(layer.descriptor for layer in layers), OCI_MANIFEST)
    return Image(reference, config, config_bytes, manifest, layers, _packed(layers))


def _packed(layers: tuple[Layer, ...]) -> bool:
    return bool(layers) and all(layer.descriptor.digest != layer.diff_id for layer in layers)


def _layer(archive: Archive, name: str, diff_id: str, number: int) -> Layer:
    """A layer by its member; some tools (crane, kaniko) save it compressed."""
    size = archive.size(name)
    if size is None:
        raise BadImageError(f"layer {number} is missing: {archive.path} has no {name[:200]!r}")
    opener = partial(archive.open, name)
    with archive.open(name) as file:
        compression = detect(file.read(512))
    if compression == "none":
        return Layer(Descriptor(OCI_LAYER, diff_id, size), diff_id, opener, archive.place(name))
    digest = hashlib.sha256()
    with archive.open(name) as file:
        for chunk in chunks(file):
            digest.update(chunk)
    descriptor = Descriptor(f"{OCI_LAYER}+{compression}", f"sha256:{digest.hexdigest()}", size)
    return Layer(descriptor, diff_id, opener)
