"""Small images in memory, and layouts written by hand so that they can lie."""

import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from shave.image import Image, Layer
from shave.oci import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST, Config, Descriptor, Manifest, decode, digest_of

MakeImage = Callable[..., Image]


def tar_of(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, body in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


def _layer(files: dict[str, bytes], packed: bool) -> Layer:
    tar = tar_of(files)
    blob = gzip.compress(tar, mtime=0) if packed else tar
    descriptor = Descriptor(OCI_LAYER + ("+gzip" if packed else ""), digest_of(blob), len(blob))
    return Layer(descriptor, digest_of(tar), partial(io.BytesIO, blob))


def _image(*layers: dict[str, bytes], packed: bool = True, architecture: str = "amd64", name: str = "") -> Image:
    made = tuple(_layer(files, packed) for files in layers or ({"etc/a": b"a" * 3000}, {"etc/b": b"b"}))
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {"Cmd": ["/bin/true"], "Labels": {"name": name}},
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in made]},
    }
    data = json.dumps(config).encode()
    manifest = Manifest(
        2,
        Descriptor(OCI_CONFIG, digest_of(data), len(data)),
        tuple(layer.descriptor for layer in made),
        OCI_MANIFEST,
    )
    return Image("made", decode(data, Config, "config"), data, manifest, made)


@pytest.fixture
def make_image() -> MakeImage:
    return _image


class HandMade:
    """An OCI layout written as one pleases."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "blobs/sha256").mkdir(parents=True)
        (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def blob(self, data: bytes, media_type: str = "", **more: Any) -> dict[str, Any]:
        digest = hashlib.sha256(data).hexdigest()
        (self.path / "blobs/sha256" / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data), **more}

    def document(self, value: Any, media_type: str, **more: Any) -> dict[str, Any]:
        return self.blob(json.dumps(value).encode(), media_type, **more)

    def image(self, architecture: str = "amd64", layer: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        tar = tar_of({"f": b"x"})
        rootfs = {"type": "layers", "diff_ids": [digest_of(tar)]}
        config = self.document({"architecture": architecture, "os": "linux", "rootfs": rootfs}, OCI_CONFIG)
        layers = [{**self.blob(tar, OCI_LAYER), **(layer or {})}]
        return self.document({"schemaVersion": 2, "config": config, "layers": layers}, OCI_MANIFEST, **more)

    def index(self, *entries: dict[str, Any]) -> None:
        (self.path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": entries}))


@pytest.fixture
def layout(tmp_path: Path) -> HandMade:
    return HandMade(tmp_path / "layout")


@pytest.fixture
def podman_storage() -> Iterator[list[str]]:
    """Options for a storage of its own; podman allows a run root of at most 50 characters."""
    with TemporaryDirectory(prefix="p-", dir="/tmp") as place:
        yield ["--root", f"{place}/root", "--runroot", f"{place}/run", "--storage-driver", "vfs"]


STORAGE = '[storage]\ndriver = "vfs"\ngraphroot = "{place}/root"\nrunroot = "{place}/run"\n'


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A storage of our own for podman, which allows a run root of at most 50 characters."""
    with TemporaryDirectory(prefix="p-", dir="/tmp") as place:
        Path(place, "storage.conf").write_text(STORAGE.format(place=place))
        monkeypatch.setenv("CONTAINERS_STORAGE_CONF", f"{place}/storage.conf")
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        yield
        if os.geteuid():  # podman leaves a process behind that keeps its user namespace
            subprocess.run(["/usr/bin/podman", "system", "migrate"], check=True, capture_output=True)
