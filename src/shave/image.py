"""An image and its layers: values that know where their bytes are; everything else is derived from them."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from shave.oci import Config, Descriptor, Manifest, decode, digest_of

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
