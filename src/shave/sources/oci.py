"""``oci:dir[:tag]``: an OCI image layout in a directory (image-layout.md)."""

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from shave.errors import BadImageError, CannotError, UsageError
from shave.events import BlobWritten, Remark, Sink
from shave.image import Image, ImageIndex, Layer
from shave.oci import OCI_INDEX, REF_NAME, Platform, blob_path, decode
from shave.parallel import Advance, each
from shave.reference import Reference, Transport
from shave.sources.blobs import chunks, stored
from shave.sources.layout import MARKER, documents_of, entry_of, layers_of, packed_bytes, read_image, read_images
from shave.sources.members import MANIFEST_BYTES, Directory, read_document
from shave.sources.replacing import BESIDE, opened, replacing, writing
from shave.sources.sweeping import NOTE, reached, sweeping
from shave.trust import Trust

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class OciLayout:
    """OCI layouts. One that exists gains or moves a tag; its other images stay as they are."""

    transport: Transport = "oci"

    @contextmanager
    def open(self, reference: Reference, platform: Platform | None, trust: Trust, sink: Sink) -> Iterator[Image]:
        """See ``protocol.Source``."""
        yield read_image(_layout(reference), reference, platform)

    @contextmanager
    def open_all(self, reference: Reference, trust: Trust, sink: Sink) -> Iterator[ImageIndex]:
        """See ``protocol.Indexed``."""
        yield read_images(_layout(reference), reference)

    def write(self, image: Image, reference: Reference, trust: Trust, sink: Sink) -> None:
        """See ``protocol.Source``."""
        self.write_all(ImageIndex(image.reference, (image,)), reference, trust, sink)

    def write_all(self, images: ImageIndex, reference: Reference, trust: Trust, sink: Sink) -> None:
        """See ``protocol.Indexed``. Blobs first, the index last, so that nobody finds a tag without its blobs."""
        if reference.digest:
            raise UsageError(f"{reference} cannot be written: a digest is no name", "give oci:DIRECTORY:TAG")
        path = Path(reference.name)
        with writing(str(reference)), ExitStack() as undo, _locked(path, undo, sink) as root:
            before, entry = _read_index(path), entry_of(images, reference.tag)
            kept, replaced = _parted(before, reference.tag)
            members, documents = Directory(path), documents_of(images)
            coming = (*layers_of(images), *documents)
            with (
                sweeping(root, path, coming, _reached(members, replaced)),
                _folders(root, path, coming, undo) as folders,
            ):
                _put_layers(members, folders, images, sink)
                for digest, data in documents.items():
                    _put(members, folders, digest, len(data), [data])
                index = msgspec.json.encode({**before, "manifests": [*kept, entry]})
                if not (path / "oci-layout").exists():
                    undo.callback((path / "oci-layout").unlink, missing_ok=True)
                for name, data in (("oci-layout", MARKER), ("index.json", index)):
                    with replacing(root, name) as file:
                        file.write(data)
            undo.pop_all()


def _layout(reference: Reference) -> Directory:
    path = Path(reference.name)
    if not (path / "index.json").exists():
        raise CannotError(f"there is no OCI layout at {path}", "a layout is a directory with index.json and blobs")
    return Directory(path)


@contextmanager
def _locked(path: Path, undo: ExitStack, sink: Sink) -> Iterator[int]:
    """The layout's directory, made if it is missing, for this writer alone. One with other things in it is refused."""
    if not path.exists():
        path.mkdir(parents=True, exist_ok=True)
        undo.callback(_remove_if_empty, path)
    with opened(path) as root:
        try:
            fcntl.flock(root, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sink(Remark(f"waiting for another writer of {path}"))
            fcntl.flock(root, fcntl.LOCK_EX)
        if not (path / "oci-layout").exists() and not all(_is_ours(found.name) for found in path.iterdir()):
            raise CannotError(f"{path} is a directory with other things than an OCI layout", "give a new directory")
        yield root


def _is_ours(name: str) -> bool:
    """Whether a writer that was killed before it wrote a marker may have left it."""
    return name in ("blobs", NOTE) or BESIDE.fullmatch(name) is not None


def _remove_if_empty(path: Path) -> None:
    with suppress(OSError):
        path.rmdir()


def _put_layers(members: Directory, folders: dict[str, int], images: ImageIndex, sink: Sink) -> None:
    def put(found: tuple[int, Layer], advance: Advance) -> BlobWritten:
        number, layer = found
        digest, size = layer.descriptor.digest, layer.descriptor.size
        copied = _put(members, folders, digest, size, stored(layer, number, advance))
        if not copied:
            advance(size)
        return BlobWritten(digest, size, "copied" if copied else "reused")

    # the largest first, so that none of them is left for the end
    layers = sorted(layers_of(images).values(), key=lambda found: -found[1].descriptor.size)
    for written in each("write", packed_bytes(images), layers, put, sink):
        sink(written)


def _put(members: Directory, folders: dict[str, int], digest: str, size: int, body: Iterable[bytes]) -> bool:
    """Write a blob, its bytes verified as they come, unless the layout has it: one with its name, size and digest.

    To hash what is there costs a fifth of copying it, and a file with the right name but other bytes, of a machine that
    lost its power, is replaced. The value is whether the blob was written.
    """
    path = blob_path(digest)
    if members.size(path) == size and _digest(members, path, digest) == digest:
        return False
    folder, _, name = path.rpartition("/")
    with replacing(folders[folder], name) as file:
        file.writelines(body)
    return True


def _digest(members: Directory, name: str, like: str) -> str:
    algorithm = like.partition(":")[0]
    found = hashlib.new(algorithm)
    with members.open(name) as file:
        for chunk in chunks(file):
            found.update(chunk)
    return f"{algorithm}:{found.hexdigest()}"


@contextmanager
def _folders(root: int, path: Path, digests: Iterable[str], undo: ExitStack) -> Iterator[dict[str, int]]:
    """The folders of blobs with these digests, made if missing. A symlink in place of one is refused."""
    with ExitStack() as closing:
        found = {}
        for name in {blob_path(digest).rpartition("/")[0] for digest in digests}:
            here, at = root, path
            for part in name.split("/"):
                at /= part
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=here)
                    undo.callback(_remove_if_empty, at)
                here = os.open(part, _FOLDER, dir_fd=here)
                closing.callback(os.close, here)
            found[name] = here
        yield found


def _read_index(path: Path) -> dict[str, Any]:
    if not (path / "index.json").exists():
        return {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
    return decode(
        read_document(Directory(path), "index.json", MANIFEST_BYTES, "the index"), dict[str, Any], "index.json"
    )


def _parted(index: dict[str, Any], tag: str) -> tuple[list[Any], list[Any]]:
    """The entries of an index that stay, and those that one with this tag replaces; as they are in the JSON.

    Without a tag, what is no image stays: signatures and the like have none either.
    """
    entries = index.get("manifests", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadImageError("index.json is malformed: its manifests are no list of objects")
    kept: list[Any] = []
    replaced: list[Any] = []
    for entry in entries:
        named = (entry.get("annotations") or {}).get(REF_NAME, "") == tag
        (replaced if named and "artifactType" not in entry else kept).append(entry)
    return kept, replaced


def _reached(members: Directory, entries: list[Any]) -> set[str]:
    """What nothing may name once the entries are gone; nothing where that cannot be known."""
    with suppress(BadImageError):
        return reached(members, entries)
    return set()
