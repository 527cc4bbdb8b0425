"""``docker-daemon:name[:tag]`` or an image ID: the images of a running engine, Docker or podman."""

from collections.abc import Iterator
from contextlib import contextmanager

from shave.engine import Engine, connect
from shave.errors import BadImageError, CannotError, UsageError
from shave.events import Sink, stage
from shave.image import Image
from shave.oci import Platform
from shave.reference import Reference, Transport
from shave.sources.archive import Archive, write_tar
from shave.sources.docker_archive import read_saved, saved_members
from shave.sources.replacing import writing
from shave.trust import Trust
from shave.workspace import workspace


class DockerDaemon:
    """An engine's images, by way of its export and its load."""

    transport: Transport = "docker-daemon"

    @contextmanager
    def open(self, reference: Reference, platform: Platform | None, trust: Trust, sink: Sink) -> Iterator[Image]:
        """See ``protocol.Source``. The export is spooled to a private directory, where its layers are read in place."""
        with workspace() as directory:
            path = directory / "export.tar"
            with connect() as engine, writing(f"the export of {reference}"), path.open("wb") as file:
                for chunk in _export(engine, reference, sink):
                    file.write(chunk)
            yield read_saved(Archive(path), reference, "", platform)

    def write(self, image: Image, reference: Reference, trust: Trust, sink: Sink) -> None:
        """See ``protocol.Source``. The tag moves last, when the engine has been seen to have our config."""
        if reference.digest or reference.name.startswith(("sha256:", "sha512:")):
            raise UsageError(f"{reference} cannot be written: an ID is no name", "give docker-daemon:NAME:TAG")
        with connect() as engine:
            with stage(sink, "load", sum(layer.descriptor.size for layer in image.layers)) as advance:
                identity = engine.load(write_tar(saved_members(image, "", advance))) or image.config_digest
            _check(engine, image, identity, reference)
            engine.tag(identity, reference.name, reference.tag or "latest")


def _export(engine: Engine, reference: Reference, sink: Sink) -> Iterator[bytes]:
    name = str(reference).removeprefix("docker-daemon:")
    found = engine.image(name)
    if found is None:
        raise CannotError(f"the engine has no image {name!r}", "docker images lists those it has")
    # by ID: a repository alone would export all its tags
    with stage(sink, "export", found.unpacked_bytes, of=name) as advance:
        for chunk in engine.export(found.id):
            advance(len(chunk))
            yield chunk


def _check(engine: Engine, image: Image, identity: str, reference: Reference) -> None:
    loaded = engine.image(identity)
    if loaded is None:
        raise CannotError(f"{reference} was loaded, but the engine has no image {identity}")
    if loaded.diff_ids != image.config.rootfs.diff_ids:
        raise BadImageError(f"{reference} was loaded, but the engine has other layers than were sent")
