"""The helper's image: made of this machine's own Python if the engine's machine is alike, else of the package index.

It is made once for each version of shave and Python: its name is the digest of what is in it.
"""

import hashlib
import io
import sys
import sysconfig
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from shave import __version__
from shave.containers import forget
from shave.engine import Engine, refused
from shave.errors import CannotError
from shave.events import Sink, stage
from shave.helper.bytecode import compiled
from shave.helper.host import PYTHON, files, packages
from shave.image import Image, Layer
from shave.oci import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST, Config, Descriptor, Manifest, decode, digest_of
from shave.reference import Reference
from shave.runners.support import machine
from shave.sources import write_image
from shave.tar_writer import tar
from shave.tree import Entry

REPOSITORY = "shave-helper"
MODULE = "shave.helper.main"
_HOUR = 3600
_CHUNK = 1 << 20


def helper_image(engine: Engine, directory: Path, sink: Sink) -> str:
    """The name of the helper's image in the engine, made if it is not there. ``directory`` holds what that needs."""
    with refused(engine.address):
        version = engine.client.api.version()
    if version["Os"] != "linux":
        raise CannotError(f"the engine at {engine.address} runs {version['Os']} containers", "switch it to Linux ones")
    if sys.platform == "linux" and version["Arch"] == machine():
        return _of_this_machine(engine, directory, sink)
    return _of_pip(engine, sink)


def _of_this_machine(engine: Engine, directory: Path, sink: Sink) -> str:
    entries = (Entry("tmp", "directory", 0o1777), *(entry for entry in files() if entry.path != "tmp"))
    digest = hashlib.sha256()
    for chunk in tar(_sources(entries)):
        digest.update(chunk)
    reference = Reference("docker-daemon", REPOSITORY, digest.hexdigest()[:32])
    name = f"{reference.name}:{reference.tag}"
    if engine.image(name) is None:
        path = directory / "helper.tar"
        with stage(sink, "make helper"), path.open("wb") as file:
            file.writelines(tar((*_sources(entries), *_modules(entries))))
        write_image(_image(path), reference, sink)
        _forget_old(engine)
    return name


def _sources(entries: tuple[Entry, ...]) -> Iterator[tuple[Entry, Iterator[bytes]]]:
    return ((entry, _body(entry)) for entry in entries)


def _modules(entries: tuple[Entry, ...]) -> Iterator[tuple[Entry, tuple[bytes, ...]]]:
    """Compiled modules: they follow from the sources, so that the digest need not cover them."""
    for entry in entries:
        found = compiled(f"/{entry.path}") if entry.path.endswith(".py") else None
        if found:
            path, data = found
            yield Entry(path[1:], "file", 0o644, size=len(data)), (data,)


def _body(entry: Entry) -> Iterator[bytes]:
    if entry.kind == "file":
        with Path("/", entry.path).open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk


def _image(path: Path) -> Image:
    with path.open("rb") as file:
        diff_id = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    search = dict.fromkeys(str(package.parent) for package in packages())
    config = {
        "architecture": machine(),
        "os": "linux",
        "created": datetime.now(UTC).isoformat(),
        "config": {
            "Entrypoint": [PYTHON, "-s", "-m", MODULE],
            "Env": [f"PYTHONPATH={':'.join(search)}", f"PATH={Path(PYTHON).parent}"],
        },
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
    }
    data = msgspec.json.encode(config)
    described = Descriptor(OCI_LAYER, diff_id, path.stat().st_size)
    layer = Layer(described, diff_id, lambda: path.open("rb"), (path, 0))
    manifest = Manifest(2, Descriptor(OCI_CONFIG, digest_of(data), len(data)), (layer.descriptor,), OCI_MANIFEST)
    return Image(REPOSITORY, decode(data, Config, "the helper's config"), data, manifest, (layer,), False)


def _of_pip(engine: Engine, sink: Sink) -> str:
    """From the official Python image and the package index: the engine's machine needs a network for it, once."""
    name = f"{REPOSITORY}:{__version__}"
    if engine.image(name) is None:
        lines = (
            f"FROM python:{sysconfig.get_python_version()}-slim",
            f"RUN pip install --no-cache-dir shave=={__version__}",
            f'ENTRYPOINT ["python", "-s", "-m", "{MODULE}"]',
        )
        with stage(sink, "make helper"), refused(engine.address):
            for line in engine.client.api.build(
                fileobj=io.BytesIO("\n".join(lines).encode()), tag=name, rm=True, decode=True
            ):
                if "error" in line:
                    raise CannotError(f"the helper's image could not be made: {line['error'].strip()}")
        _forget_old(engine)
    return name


def _forget_old(engine: Engine) -> None:
    """Take away the images of other versions that no container uses; not those of the last hour.

    A shave of another version may be about to use them.
    """
    with refused(engine.address):
        images = engine.client.api.images(name=REPOSITORY)
        used = {container["ImageID"] for container in engine.client.api.containers(all=True)}
    for image in images:
        if image["Created"] < time.time() - _HOUR and image["Id"] not in used:
            for name in image["RepoTags"] or ():
                forget(engine, name)
