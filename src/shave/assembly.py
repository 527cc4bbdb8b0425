"""The image of a stage: a layer for each origin, and a config that says how it starts.

Its bytes depend on the stage, the options and the time given alone: paths are in order, no time is later than that of
the image, names of users are not written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shave.compression import Packing
from shave.errors import CannotError
from shave.events import Sink
from shave.events import stage as telling
from shave.image import Image, Layer
from shave.layering import PIECE, written
from shave.oci import OCI_CONFIG, OCI_MANIFEST, Config, Descriptor, Manifest, Platform, RunConfig, digest_of
from shave.spec import ImageOptions
from shave.stage import LAYERS, Stage
from shave.tar_writer import tar
from shave.tree import Entry, parents

_SECOND = 1_000_000_000
_CREATED_BY: dict[str, str] = {
    "system": "shave build: Debian packages",
    "packages": "shave build: packages of languages",
    "application": "shave build: files of the application",
    "all": "shave build",
}


class Assembled(Struct, frozen=True):
    """The image, and which part of the stage each of its layers is ("all" where they were flattened)."""

    image: Image
    names: tuple[str, ...]


def configured(options: ImageOptions, platform: Platform) -> Config:
    """The config, as yet without layers, of an image with these options."""
    run = RunConfig(
        user=options.user,
        exposed_ports={_port(text): {} for text in sorted(options.ports)} or None,
        env=tuple(f"{name}={value}" for name, value in sorted(options.env.items())) or None,
        entrypoint=options.entrypoint or None,
        cmd=options.cmd or None,
        volumes={path: {} for path in sorted(options.volumes)} or None,
        working_dir=options.workdir,
        labels=dict(sorted(options.labels.items())) or None,
        stop_signal=options.stop_signal,
    )
    return Config(platform.architecture, "linux", platform.variant, run)


def assembled(
    stage: Stage,
    config: Config,
    annotations: Mapping[str, str],
    mtime: int,
    directory: Path,
    packing: Packing,
    sink: Sink,
    *,
    flatten: bool = False,
) -> Assembled:
    """The image of all visible paths of ``stage``; its blobs lie in ``directory``, which must outlive it.

    ``mtime`` (nanoseconds) is when the image was created, and the latest time of a file. Raises CannotError for a full
    disk.
    """
    parts = _parts(stage, flatten)
    with telling(sink, "layers", stage.tree.content_bytes) as advance:
        try:
            layers = tuple(
                written(
                    tar(_members(stage, sorted(paths), mtime, advance)),
                    directory / f"{name}.tar",
                    directory / f"{name}.packed",
                    packing,
                )
                for name, paths in parts.items()
            )
        except OSError as error:
            sentence = f"the layers cannot be written: {error.strerror or error}"
            raise CannotError(sentence, "look at the disk and at TMPDIR") from error
    return Assembled(_image(config, layers, tuple(parts), annotations, mtime), tuple(parts))


def _parts(stage: Stage, flatten: bool) -> dict[str, set[str]]:
    """The paths of each layer that has any, with the directories above them."""
    found: dict[str, set[str]] = {"all": set()} if flatten else {name: set() for name in LAYERS}
    for path, node in stage.tree.nodes.items():
        if path:
            paths = found["all" if flatten else stage.strata[node.layer].layer]
            paths.add(path)
            paths.update(parents(path))
    return {name: paths for name, paths in found.items() if paths}


def _members(
    stage: Stage, paths: Iterable[str], mtime: int, advance: Callable[[int], None]
) -> Iterator[tuple[Entry, Iterable[bytes]]]:
    """The entries and their bodies; the first name of an inode carries it, others are links to it."""
    first: dict[tuple[int, str], str] = {}
    for path in paths:
        node = stage.tree.nodes[path]
        entry = replace(node.entry, mtime=min(node.entry.mtime, mtime), sparse=None)
        if entry.kind != "directory" and first.setdefault(node.inode, path) != path:
            yield Entry(path, "hardlink", entry.mode, entry.uid, entry.gid, entry.mtime, link=first[node.inode]), ()
        else:
            yield entry, _body(stage, entry)
            advance(entry.size)


def _body(stage: Stage, entry: Entry) -> Iterator[bytes]:
    for at in range(0, entry.size if entry.kind == "file" else 0, PIECE):
        yield stage.read(entry.path, at, PIECE)


def _image(
    bare: Config, layers: tuple[Layer, ...], names: tuple[str, ...], annotations: Mapping[str, str], mtime: int
) -> Image:
    created = written_time(mtime)
    document: dict[str, Any] = {
        "created": created,
        **msgspec.to_builtins(bare),
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        "history": [{"created": created, "created_by": _CREATED_BY[name]} for name in names],
    }
    config = msgspec.json.encode(document)
    descriptors = tuple(layer.descriptor for layer in layers)
    manifest = Manifest(
        2, Descriptor(OCI_CONFIG, digest_of(config), len(config)), descriptors, OCI_MANIFEST, dict(annotations)
    )
    return Image("build", msgspec.json.decode(config, type=Config), config, manifest, layers)


def written_time(mtime: int) -> str:
    """A time in nanoseconds as configs and annotations write it (RFC 3339, seconds)."""
    return datetime.fromtimestamp(mtime // _SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _port(text: str) -> str:
    return text if "/" in text else f"{text}/tcp"
