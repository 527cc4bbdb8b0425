"""``oci:dir[:tag]``: an OCI image layout in a directory (image-layout.md)."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from shave.errors import BadImageError, CannotError, UsageError
from shave.events import Remark, Sink, stage
from shave.image import Image, ImageIndex
from shave.oci import OCI_INDEX, REF_NAME, Descriptor, Platform, blob_path, decode
from shave.reference import Reference, Transport
from shave.sources.blobs import chunks
from shave.sources.layout import MARKER, Blob, blobs_of, entry_of, packed_bytes, read_image, read_images
from shave.sources.members import MANIFEST_BYTES, Directory, read_document
from shave.sources.replacing import opened, replacing, writing
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
            index = _with_entry(_read_index(path), entry_of(images, reference.tag))
            with stage(sink, "write", packed_bytes(images)) as advance:
                for blob in blobs_of(images, advance):
                    _put(root, path, blob, undo)
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
        if not (path / "oci-layout").exists() and {found.name for found in path.iterdir()} - {"blobs"}:
            raise CannotError(f"{path} is a directory with other things than an OCI layout", "give a new directory")
        yield root


def _remove_if_empty(path: Path) -> None:
    with suppress(OSError):
        path.rmdir()


def _put(root: int, path: Path, blob: Blob, undo: ExitStack) -> None:
    """Write a blob unless the layout has it. A file with its name but other bytes is replaced."""
    members, name = Directory(path), blob_path(blob.digest)
    there = members.size(name)
    if there == blob.size and _digest(members, name, blob.digest) == blob.digest:
        return
    with _folder(root, name.rpartition("/")[0].split("/"), path, undo) as folder:
        with replacing(folder, Path(name).name) as file:
            for chunk in blob.body():
                file.write(chunk)
        if there is None:
            undo.callback((path / name).unlink)


def _digest(members: Directory, name: str, like: str) -> str:
    algorithm = like.partition(":")[0]
    found = hashlib.new(algorithm)
    with members.open(name) as file:
        for chunk in chunks(file):
            found.update(chunk)
    return f"{algorithm}:{found.hexdigest()}"


@contextmanager
def _folder(root: int, parts: list[str], path: Path, undo: ExitStack) -> Iterator[int]:
    """A directory below the root, made if it is missing. A symlink in its place is refused."""
    with ExitStack() as closing:
        for part in parts:
            path /= part
            with suppress(FileExistsError):
                os.mkdir(part, dir_fd=root)
                undo.callback(_remove_if_empty, path)
            root = os.open(part, _FOLDER, dir_fd=root)
            closing.callback(os.close, root)
        yield root


def _read_index(path: Path) -> dict[str, Any]:
    if not (path / "index.json").exists():
        return {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
    return decode(
        read_document(Directory(path), "index.json", MANIFEST_BYTES, "the index"), dict[str, Any], "index.json"
    )


def _with_entry(index: dict[str, Any], entry: Descriptor) -> bytes:
    """The index with this entry instead of those of the same tag; what shave does not know in it is kept."""
    tag = entry.annotations.get(REF_NAME)
    others = index.get("manifests", [])
    if not isinstance(others, list) or not all(isinstance(other, dict) for other in others):
        raise BadImageError("index.json is malformed: its manifests are no list of objects")
    kept = [other for other in others if (other.get("annotations") or {}).get(REF_NAME) != tag]
    return msgspec.json.encode({**index, "manifests": [*kept, entry]})
