"""An image and its layers: values that know where their bytes are; everything else is derived from them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from shave.oci import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    Config,
    Descriptor,
    Index,
    Manifest,
    decode,
    digest_of,
)

Opener = Callable[[], BinaryIO]


class Layer(Struct, frozen=True):
    """A layer by its descriptor and the diff ID its config claims.

    ``open()`` gives the blob as stored (compressed or not, by media type and, where that lies, by its first bytes),
    from its first byte, as often as asked, from any thread. Nothing is verified until it is read through
    ``layers.analyse``. ``plain`` is set where the layer's uncompressed tar is at hand, at ``plain[1]`` in file
    ``plain[0]``: it is the blob itself in a source without compression, and lies beside a blob of our own making.
    """

    descriptor: Descriptor
    diff_id: str
    open: Opener
    plain: tuple[Path, int] | None = None


class Image(Struct, frozen=True):
    """One image for one platform, of any source.

    ``reference`` is what was opened, for people. ``config_bytes`` is the config blob byte for byte, ``config`` what
    shave reads of it. ``manifest`` is the one in the source, or one made up where the source has none (docker-archive
    of the old kind, engines); then ``packed`` is False: its layer blobs are plain tars and nobody knows their packed
    bytes.
    """

    reference: str
    config: Config
    config_bytes: bytes
    manifest: Manifest
    layers: tuple[Layer, ...]
    packed: bool = True
    stored_manifest: bytes = b""

    @property
    def config_digest(self) -> str:
        """``sha256:…`` of the config: the identity of an image whatever its compression."""
        return self.manifest.config.digest

    @property
    def manifest_bytes(self) -> bytes:
        """The manifest as it is written: the source's own bytes as long as they still say the same."""
        if self.stored_manifest and decode(self.stored_manifest, Manifest, "the manifest") == self.manifest:
            return self.stored_manifest
        return msgspec.json.encode(self.manifest)

    @property
    def manifest_digest(self) -> str:
        """``sha256:…`` of the manifest as it is written."""
        return digest_of(self.manifest_bytes)

    @property
    def descriptor(self) -> Descriptor:
        """What an index says of the image."""
        media_type = self.manifest.media_type or OCI_MANIFEST
        platform = self.config.platform if self.config.architecture else None
        return Descriptor(media_type, self.manifest_digest, len(self.manifest_bytes), platform)


class ImageIndex(Struct, frozen=True):
    """The images of one name, one for each platform (image-index.md).

    ``stored_index`` is the source's index byte for byte; empty where the source had a lone image, or no indexes.
    """

    reference: str
    images: tuple[Image, ...]
    stored_index: bytes = b""

    @property
    def alone(self) -> Image | None:
        """The image that needs no index to be written: there is no other, and there was no index."""
        return self.images[0] if len(self.images) == 1 and not self.stored_index else None

    @property
    def index_bytes(self) -> bytes:
        """The index as it is written: the source's own bytes if they list these images and nothing else, else one that
        says of each image that is still the same what the source said of it.
        """
        index: dict[str, Any] = {}
        if self.stored_index:
            index = decode(self.stored_index, dict[str, Any], "the index")
        said = {entry["digest"]: entry for entry in index.get("manifests", ())}
        if index and list(said) == [image.manifest_digest for image in self.images]:
            return self.stored_index
        entries = [said.get(image.manifest_digest, image.descriptor) for image in self.images]
        return msgspec.json.encode({"schemaVersion": 2, **index, "mediaType": self._media_type, "manifests": entries})

    @property
    def descriptor(self) -> Descriptor:
        """What stands for all of them: the index, or the image that is alone."""
        if self.alone:
            return self.alone.descriptor
        data = self.index_bytes
        media_type = decode(data, Index, "the index").media_type or OCI_INDEX
        return Descriptor(media_type, digest_of(data), len(data))

    @property
    def _media_type(self) -> str:
        docker = all(image.descriptor.media_type == DOCKER_MANIFEST for image in self.images)
        return DOCKER_INDEX if docker else OCI_INDEX
