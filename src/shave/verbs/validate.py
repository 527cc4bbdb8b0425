"""Every claim that an image makes, recomputed from its bytes: all that do not hold, not only the first."""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from queue import Queue
from threading import Thread
from typing import Any, BinaryIO, cast

from msgspec import Struct
from msgspec.structs import replace

from shave import layer_cache
from shave.allowance import Allowance
from shave.compression import decompress, detect
from shave.errors import BadImageError
from shave.events import Sink
from shave.image import Image, ImageIndex, Layer
from shave.layers import Counted
from shave.oci import Index, Platform, decode, digest_of
from shave.parallel import Advance, each
from shave.sources.blobs import bounded
from shave.sources.layout import packed_bytes
from shave.sources.platforms import distance
from shave.tar_reader import Contents, scan
from shave.tree import LayerIndex

# containerd notes the diff ID so; github.com/containerd/containerd, labels/labels.go
_UNCOMPRESSED = "containerd.io/uncompressed"
_AHEAD = 8
_INSTRUCTIONS = "instructions with a layer"


class Mismatch(Struct, frozen=True):
    """A claim that does not hold: of which part of the image it is, what is claimed, and what the bytes say."""

    part: str
    claim: str
    said: str
    found: str

    @property
    def harms(self) -> bool:
        """Whether somebody who runs the image could notice; a history that does not fit its layers is common."""
        return self.claim != _INSTRUCTIONS

    def __str__(self) -> str:
        said = f"{self.said} is claimed, " if self.said else ""
        return f"{self.part}: {self.claim}: {said}{self.found}"


class MismatchError(BadImageError):
    """An image that is not what it claims; its mismatches are the lines of the message."""

    def __init__(self, reference: str, mismatches: tuple[Mismatch, ...]) -> None:
        lines = "".join(f"\n  {mismatch}" for mismatch in mismatches)
        super().__init__(f"{reference} is not what it claims to be:{lines}", "get it anew from where it was made")
        self.mismatches = mismatches


def validate(image: Image | ImageIndex, sink: Sink) -> tuple[Mismatch, ...]:
    """What does not hold of all that the image claims, or all images of an index; nothing if all does.

    Each layer is read once, in parallel with others, and never held. Recomputed are digests and sizes of layers,
    configs and manifests, diff IDs, media types, the form of the tars, the numbers of layers in manifest, config and
    history, and platforms. Raises CannotError if a layer cannot be read at all.
    """
    images = image if isinstance(image, ImageIndex) else ImageIndex(image.reference, (image,))

    def read(layer: Layer, advance: Advance) -> list[tuple[str, str, str]]:
        wrong = list(_of_layer(layer, advance))
        if not wrong:
            layer_cache.prove(layer.descriptor.digest, layer.diff_id)
        return wrong

    layers = {(layer.descriptor.digest, layer.diff_id): layer for one in images.images for layer in one.layers}
    read_once = dict(zip(layers, each("validate", packed_bytes(images), layers.values(), read, sink), strict=True))
    found = list(claims(images))
    for one in images.images:
        for number, layer in enumerate(one.layers):
            part = f"{_prefix(images, one)}layer {number}"
            found += [Mismatch(part, *wrong) for wrong in read_once[layer.descriptor.digest, layer.diff_id]]
    return tuple(found)


def claims(images: ImageIndex) -> Iterator[Mismatch]:
    """What does not hold of all that is claimed without reading a layer."""
    yield from _of_index(images)
    for image in images.images:
        prefix = _prefix(images, image)
        for part, claim, said, found in _of_documents(image):
            if said != found:
                yield Mismatch(f"{prefix}{part}", claim, str(said), f"it is {found}")
    yield from _of_twins(images)


def checked(images: ImageIndex) -> ImageIndex:
    """The same images, whose blobs are checked while somebody else reads them.

    There is one reading, and what is inside a layer is looked at in a thread beside it: whoever reads a blob to its end
    gets BadImageError there if its content is not as claimed. Digest and size of the blob are the reader's to verify.
    """
    return replace(
        images,
        images=tuple(
            replace(image, layers=tuple(replace(layer, open=partial(_open, layer)) for layer in image.layers))
            for image in images.images
        ),
    )


@contextmanager
def all_told(image: Image | ImageIndex, sink: Sink) -> Iterator[None]:
    """Where reading an image stops at something bad: read it all once more, and raise what does not hold, as a list."""
    try:
        yield
    except BadImageError:
        found = validate(image, sink)
        if any(mismatch.harms for mismatch in found):
            raise MismatchError(image.reference, found) from None
        raise


def _prefix(images: ImageIndex, image: Image) -> str:
    return "" if images.alone else f"{image.config.platform} "


def _of_index(images: ImageIndex) -> Iterator[Mismatch]:
    entries = decode(images.stored_index, Index, "the index").manifests if images.stored_index else ()
    by_digest = {image.manifest_digest: image for image in images.images}
    for entry in entries:
        image = by_digest.get(entry.digest)
        if image is None:
            continue
        part = f"index entry {entry.digest}"
        if entry.size != len(image.manifest_bytes):
            yield Mismatch(part, "size", str(entry.size), f"the manifest has {len(image.manifest_bytes)} bytes")
        if entry.media_type != image.descriptor.media_type:
            yield Mismatch(part, "media type", entry.media_type, f"the manifest is {image.descriptor.media_type}")
        if entry.platform and not _fits(entry.platform, image.config.platform):
            yield Mismatch(part, "platform", str(entry.platform), f"the config is for {image.config.platform}")


def _fits(said: Platform, found: Platform) -> bool:
    """Whether a config is for the platform of its entry; many a config names no variant."""
    return distance(said, found if found.variant else replace(found, variant=said.variant)) == 0


def _of_twins(images: ImageIndex) -> Iterator[Mismatch]:
    """Layers of one digest are one blob, which is read once: they must say the same of it."""
    claimed: dict[tuple[str, str], str] = {}
    for image in images.images:
        for number, layer in enumerate(image.layers):
            said = layer.descriptor
            compression = _WORDS[_promised(said.media_type)]
            told = {"diff ID": layer.diff_id, "size": f"{said.size} bytes", "media type": compression}
            for claim, mine in told.items():
                other = claimed.setdefault((said.digest, claim), mine)
                if other != mine:
                    part = f"{_prefix(images, image)}layer {number}"
                    yield Mismatch(part, claim, mine, f"another layer of the same digest is {other}")


def _of_documents(image: Image) -> Iterator[tuple[str, str, Any, Any]]:
    """Part, claim, what is said and what was found, which should be equal."""
    config, described = image.config, image.manifest.config
    yield (
        "manifest",
        "config digest",
        described.digest,
        digest_of(image.config_bytes, described.digest.partition(":")[0]),
    )
    yield "manifest", "config size", described.size, len(image.config_bytes)
    yield "manifest", "number of layers", len(image.manifest.layers), len(image.layers)
    for number, (said, layer) in enumerate(zip(image.manifest.layers, image.layers, strict=False)):
        yield "manifest", f"layer {number}", said.digest, layer.descriptor.digest
    yield "config", "number of diff IDs", len(config.rootfs.diff_ids), len(image.layers)
    for number, (diff_id, layer) in enumerate(zip(config.rootfs.diff_ids, image.layers, strict=False)):
        yield "config", f"diff ID {number}", diff_id, layer.diff_id
    if config.history:
        yield "config", _INSTRUCTIONS, sum(not e.empty_layer for e in config.history), len(image.layers)


def _of_layer(layer: Layer, advance: Advance) -> Iterator[tuple[str, str, str]]:
    """Claim, what is said and what was found, of what does not hold of one layer, which is read to its end."""
    said = layer.descriptor
    try:
        with layer.open() as file:
            packed = Counted(_told(bounded(file, said.size), advance), None, said.digest.partition(":")[0])
            stream = iter(packed)
            yield from _of_content(layer, stream)
            for _ in stream:
                pass
    except BadImageError as error:
        yield "blob", said.digest, str(error)
        return
    if packed.size != said.size:
        more = "more" if packed.size > said.size else f"{packed.size} bytes"
        yield "size", f"{said.size} bytes", f"there are {more}"
    if packed.size <= said.size and packed.digest != said.digest:
        yield "digest", said.digest, f"the bytes give {packed.digest}"


def _told(chunks: Iterable[bytes], advance: Advance) -> Iterator[bytes]:
    for chunk in chunks:
        advance(len(chunk))
        yield chunk


def _of_content(layer: Layer, packed: Iterator[bytes]) -> Iterator[tuple[str, str, str]]:
    """The same of its content. A tar whose index is known by its diff ID was read before: it is only hashed. A new one
    is indexed, so that whoever wants the tree next need not read it again.
    """
    first = next(packed, b"")
    media_type = layer.descriptor.media_type
    try:
        compression = detect(first)
    except BadImageError as error:
        yield "media type", media_type, str(error)
        return
    if compression != _promised(media_type):
        yield "media type", media_type, f"the bytes are {_WORDS[compression]}"
    broken: list[BadImageError] = []
    allowance = Allowance(layer.descriptor.size)

    def unpacked() -> Iterator[bytes]:
        try:
            yield from allowance.spend(decompress(chain((first,), packed), compression))
        except BadImageError as error:
            broken.append(error)

    plain = Counted(unpacked(), None, layer.diff_id.partition(":")[0])
    stream = iter(plain)
    wrong, contents = ("", None) if layer_cache.load(layer.diff_id) else _scanned(stream, allowance)
    for _ in stream:
        pass
    if broken:
        yield "content", "", str(broken[0])
        return
    if wrong:
        yield "tar", "", wrong
    elif plain.digest == layer.diff_id and contents:
        entries, whiteouts, opaque = contents.entries, contents.whiteouts, contents.opaque
        layer_cache.save(LayerIndex(layer.diff_id, entries, whiteouts, opaque, plain.size))
    if plain.digest != layer.diff_id:
        yield "diff ID", layer.diff_id, f"the content gives {plain.digest}"
    noted = layer.descriptor.annotations.get(_UNCOMPRESSED, plain.digest)
    if noted != plain.digest:
        yield f"annotation {_UNCOMPRESSED}", noted, f"the content gives {plain.digest}"


_WORDS = {"gzip": "gzip", "zstd": "zstd", "none": "not compressed"}


def _promised(media_type: str) -> str:
    if media_type.endswith((".gzip", "+gzip")):
        return "gzip"
    return "zstd" if media_type.endswith((".zstd", "+zstd")) else "none"


def _scanned(stream: Iterator[bytes], allowance: Allowance) -> tuple[str, Contents | None]:
    try:
        return "", scan(stream, allowance.hold)
    except BadImageError as error:
        return str(error), None


def _open(layer: Layer) -> BinaryIO:
    """The blob, looked into unless that was done before."""
    if layer_cache.proven(layer.descriptor.digest, layer.diff_id):
        return layer.open()
    return cast(BinaryIO, _Checked(layer))


class _Checked(io.RawIOBase):
    """A blob that a thread looks into as it is read."""

    def __init__(self, layer: Layer) -> None:
        self._blob = layer.open()
        self._passing: Queue[bytes] = Queue(_AHEAD)
        self._found: list[tuple[str, str, str]] = []
        self._failed: BaseException | None = None
        self._ended = False
        # a daemon: whoever drops this without closing it must not keep the program from ending
        self._thread = Thread(target=self._check, args=(layer,), daemon=True)
        self._thread.start()

    def read(self, size: int = -1, /) -> bytes:
        """See ``io.RawIOBase``; raises BadImageError in place of the end if the content is not as claimed."""
        chunk = self._blob.read(size)
        if self._ended:
            return b""
        self._passing.put(chunk)
        if not chunk and size:
            self._end()
            if self._failed:
                raise self._failed
            if self._found:
                raise BadImageError(str(Mismatch("layer", *self._found[0])))
        return chunk

    def close(self) -> None:
        """See ``io.RawIOBase``. Nothing is said about a blob that was not read to its end."""
        if not self._ended:
            self._passing.put(b"")
            self._end()
        self._blob.close()
        super().close()

    def _end(self) -> None:
        self._ended = True
        self._thread.join()

    def _check(self, layer: Layer) -> None:
        chunks = iter(self._passing.get, b"")
        try:
            self._found = list(_of_content(layer, chunks))
        except BaseException as error:  # whatever it is, it is the reader's: a thread has nobody else to tell
            self._failed = error
        for _ in chunks:
            pass
