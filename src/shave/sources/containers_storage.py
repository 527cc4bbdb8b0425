"""``containers-storage:name[:tag]`` or an image ID: what podman, buildah and CRI-O keep, by way of podman.

Source: containers-transports(5), podman-save(1), podman-load(1).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

from shave import program
from shave.errors import BadImageError, CannotError, UsageError
from shave.events import Sink, stage
from shave.image import Image
from shave.oci import Platform
from shave.reference import Reference, Transport, full_name
from shave.sources.archive import Archive, write_archive
from shave.sources.docker_archive import read_saved, saved_members
from shave.sources.replacing import writing
from shave.trust import Trust
from shave.workspace import workspace

_HINT = "look at what podman info says; it is Debian's package podman"
_CHUNK = 1 << 20


class ContainersStorage:
    """The storage of the user who calls. Both ways in Docker's form: podman takes a health check from no other."""

    transport: Transport = "containers-storage"

    @contextmanager
    def open(self, reference: Reference, platform: Platform | None, trust: Trust, sink: Sink) -> Iterator[Image]:
        """See ``protocol.Source``. The image is spooled to a private directory, where its layers are read in place."""
        name = str(reference).removeprefix("containers-storage:")
        _look_for(name)
        with workspace() as directory:
            path = directory / "saved.tar"
            with writing(f"the export of {reference}"):
                _spool(name, path, sink)
            yield read_saved(Archive(path), reference, "", platform)

    def write(self, image: Image, reference: Reference, trust: Trust, sink: Sink) -> None:
        """See ``protocol.Source``. The tag moves last, when podman has been seen to have our config."""
        if reference.digest or reference.name.startswith(("sha256:", "sha512:")):
            raise UsageError(f"{reference} cannot be written: an ID is no name", "give containers-storage:NAME:TAG")
        with workspace() as directory:
            path = directory / "load.tar"
            with stage(sink, "load", sum(layer.descriptor.size for layer in image.layers)) as advance:
                write_archive(path, saved_members(image, "", advance), f"the archive for {reference}")
                _podman("load", "--quiet", "--input", str(path))
        _check(image, reference)
        _podman("tag", image.config_digest, full_name(f"{reference.name}:{reference.tag or 'latest'}"))


def _look_for(name: str) -> None:
    """Raises CannotError that says what podman has, if it has nothing of that name."""
    try:
        _podman("image", "inspect", "--format", "{{.Id}}", name)
    except CannotError as error:
        if "not known" not in str(error) and "no such image" not in str(error):
            raise
        names = _podman("images", "--format", "{{.Repository}}:{{.Tag}}").split()
        near = get_close_matches(name, names, 3, 0.4)
        hint = f"it has {', '.join(near)}" if near else "podman images lists those it has"
        raise CannotError(f"podman has no image {name!r}", hint) from None


def _spool(name: str, path: Path, sink: Sink) -> None:
    # without another word, podman saves the layers as the plain tars that they are in its storage
    command = ("podman", "save", "--quiet", "--format", "docker-archive", name)
    with program.output(command, _HINT) as saved, path.open("wb") as file, stage(sink, "export", of=name) as advance:
        while chunk := saved.read(_CHUNK):
            advance(len(chunk))
            file.write(chunk)


def _check(image: Image, reference: Reference) -> None:
    layers = "{{range .RootFS.Layers}}{{.}} {{end}}"
    loaded = _podman("image", "inspect", "--format", layers, image.config_digest).split()
    if tuple(loaded) != image.config.rootfs.diff_ids:
        raise BadImageError(f"{reference} was loaded, but podman has other layers than were sent")


def _podman(*arguments: str) -> str:
    return program.answer(("podman", *arguments), _HINT)
