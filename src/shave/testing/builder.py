"""An image from dictionaries of paths."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any, Literal

import msgspec
from msgspec import Struct

from shave.compression import Compression, compress_gzip, compress_zstd
from shave.image import Image, Layer
from shave.oci import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST, Config, Descriptor, Manifest, digest_of
from shave.tar_header import normalise
from shave.tar_writer import tar
from shave.tree import Entry


class File(Struct, frozen=True):
    """A regular file. ``mtime`` is in nanoseconds here and below."""

    data: bytes = b""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    xattrs: dict[str, bytes] = {}


class Directory(Struct, frozen=True):
    """A directory; those that nobody lists are made up by whoever reads the layer."""

    mode: int = 0o755
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    xattrs: dict[str, bytes] = {}


class Symlink(Struct, frozen=True):
    """A symbolic link with its target as written."""

    target: str
    uid: int = 0
    gid: int = 0
    mtime: int = 0


class Hardlink(Struct, frozen=True):
    """Another name of the file at ``target``, which stands before it."""

    target: str


class Device(Struct, frozen=True):
    """A device node."""

    major: int
    minor: int
    kind: Literal["character", "block"] = "character"
    mode: int = 0o600


class Fifo(Struct, frozen=True):
    """A named pipe."""

    mode: int = 0o644


class Whiteout(Struct, frozen=True):
    """The path is deleted from the layers below."""


class Opaque(Struct, frozen=True):
    """What the layers below have in the directory at the path is deleted."""


Member = bytes | File | Directory | Symlink | Hardlink | Device | Fifo | Whiteout | Opaque


def image(
    *layers: Mapping[str, Member],
    config: Mapping[str, Any] | None = None,
    architecture: str = "amd64",
    history: Sequence[Mapping[str, Any]] | None = None,
    compression: Compression = "gzip",
) -> Image:
    """An image in memory of ``layers``, lowest first, each of them paths and what is there, in stream order.

    Bytes are a regular file. ``config`` is how it is started, in the names of the image specification; ``history`` has
    one instruction a layer unless given. The same arguments give the same bytes.

    >>> made = image({"/a": b"1"}, {"/a": Whiteout(), "/b": b"2"}, config={"Cmd": ["/b"]})
    >>> made.config.run.cmd, len(made.layers)
    (('/b',), 2)
    """
    made = tuple(_layer(layer, compression) for layer in layers)
    instructions = history if history is not None else [{"created_by": f"layer {n + 1}"} for n in range(len(made))]
    config_bytes = msgspec.json.encode(
        {
            "architecture": architecture,
            "os": "linux",
            "config": config or {},
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in made]},
            "history": instructions,
        }
    )
    manifest = Manifest(
        2,
        Descriptor(OCI_CONFIG, digest_of(config_bytes), len(config_bytes)),
        tuple(layer.descriptor for layer in made),
        OCI_MANIFEST,
    )
    read = msgspec.json.decode(config_bytes, type=Config)
    return Image("testing:image", read, config_bytes, manifest, made, packed=compression != "none")


def layer_tar(members: Mapping[str, Member]) -> bytes:
    """The tar stream of one layer.

    >>> len(layer_tar({"/a": b"1"}))
    2048
    """
    return b"".join(tar(_entries(members)))


def _layer(members: Mapping[str, Member], compression: Compression) -> Layer:
    plain = layer_tar(members)
    blob = b"".join(_compressed((plain,), compression))
    suffix = "" if compression == "none" else f"+{compression}"
    descriptor = Descriptor(OCI_LAYER + suffix, digest_of(blob), len(blob))
    return Layer(descriptor, digest_of(plain), lambda: BytesIO(blob))


def _compressed(plain: Iterable[bytes], compression: Compression) -> Iterable[bytes]:
    if compression == "gzip":
        return compress_gzip(plain)
    return compress_zstd(plain) if compression == "zstd" else plain


def _entries(members: Mapping[str, Member]) -> Iterator[tuple[Entry, Iterable[bytes]]]:
    for name, member in members.items():
        path = normalise(name.encode("utf-8", "surrogateescape"))
        body = member if isinstance(member, bytes) else member.data if isinstance(member, File) else b""
        yield _entry(path, member), (body,)


def _entry(path: str, member: Member) -> Entry:
    match member:
        case bytes():
            return Entry(path, "file", size=len(member))
        case File(data, mode, uid, gid, mtime, xattrs):
            return Entry(path, "file", mode, uid, gid, mtime, len(data), xattrs=tuple(sorted(xattrs.items())))
        case Directory(mode, uid, gid, mtime, xattrs):
            return Entry(path, "directory", mode, uid, gid, mtime, xattrs=tuple(sorted(xattrs.items())))
        case Symlink(target, uid, gid, mtime):
            return Entry(path, "symlink", 0o777, uid, gid, mtime, link=target)
        case Hardlink(target):
            return Entry(path, "hardlink", link=normalise(target.encode("utf-8", "surrogateescape")))
        case Device(major, minor, kind, mode):
            return Entry(path, kind, mode, device=(major, minor))
        case Fifo(mode):
            return Entry(path, "fifo", mode)
        case Whiteout():
            parent, _, last = path.rpartition("/")
            return Entry(f"{parent}/.wh.{last}" if parent else f".wh.{last}", "file")
        case Opaque():
            return Entry(f"{path}/.wh..wh..opq" if path else ".wh..wh..opq", "file")
