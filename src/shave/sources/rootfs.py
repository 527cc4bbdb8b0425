"""``rootfs:dir``: a directory of this machine as an image of one layer."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from shave.errors import CannotError, UsageError
from shave.events import Remark, Sink, stage
from shave.image import Image, Layer
from shave.layers import Counted
from shave.machine import host
from shave.oci import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST, Config, Descriptor, Manifest, Platform, digest_of
from shave.reference import Reference, Transport
from shave.sources.host_tree import members
from shave.sources.replacing import opened, writing
from shave.tar_writer import tar
from shave.trust import Trust
from shave.workspace import workspace

_SHOWN = 3


class Rootfs:
    """Directories. The same tree with the same times, owners and holes gives the same image; it starts nothing."""

    transport: Transport = "rootfs"

    @contextmanager
    def open(self, reference: Reference, platform: Platform | None, trust: Trust, sink: Sink) -> Iterator[Image]:
        """See ``protocol.Source``. Which platform a directory is for, only ``platform`` can say; else the host's."""
        with workspace() as directory:
            layer = _layer(Path(reference.name), directory / "layer.tar", sink)
            yield _image(str(reference), layer, platform or host())

    def write(self, image: Image, reference: Reference, trust: Trust, sink: Sink) -> None:
        """See ``protocol.Source``: always refused."""
        raise UsageError(f"{reference} cannot be written", "write oci:DIRECTORY; umoci unpack makes a tree of it")


def _layer(path: Path, plain: Path, sink: Sink) -> Layer:
    """The directory as a tar in ``plain``; what is left out is remarked upon."""
    left: dict[str, list[str]] = {}
    try:
        root = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise CannotError(f"rootfs:{path} cannot be read: {error.strerror}", "give the path of a directory") from error
    try:
        with writing(f"a tar of {path}"), opened(plain.parent) as own, plain.open("wb") as file:
            found = members(root, own, lambda why, path: left.setdefault(why, []).append(path))
            with stage(sink, "read directory") as advance:
                stream = Counted(tar(found), file)
                for chunk in stream:
                    advance(len(chunk))
    finally:
        os.close(root)
    for why, paths in left.items():
        names = ", ".join(f"/{name}" for name in paths[:_SHOWN])
        sink(Remark(f"{len(paths)} {why}: {names}{', …' if len(paths) > _SHOWN else ''}"))
    return Layer(Descriptor(OCI_LAYER, stream.digest, stream.size), stream.digest, lambda: plain.open("rb"), (plain, 0))


def _image(reference: str, layer: Layer, platform: Platform) -> Image:
    config = msgspec.json.encode(
        {
            **msgspec.to_builtins(platform),
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id]},
            "history": [{"created_by": "shave: a directory"}],
        }
    )
    described = Descriptor(OCI_CONFIG, digest_of(config), len(config))
    manifest = Manifest(2, described, (layer.descriptor,), OCI_MANIFEST)
    return Image(reference, msgspec.json.decode(config, type=Config), config, manifest, (layer,), packed=False)
