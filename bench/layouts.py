"""OCI layouts made by hand from tar members, or from another layout under another config."""

import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MEDIA = "application/vnd.oci.image."
Member = tuple[tarfile.TarInfo, bytes]
Document = dict[str, Any]


def file(
    path: str, data: bytes = b"", mode: int = 0o644, owner: int = 0, xattrs: dict[str, str] | None = None
) -> Member:
    """A regular file."""
    info = _info(path, tarfile.REGTYPE, mode, owner)
    info.size = len(data)
    info.pax_headers = {f"SCHILY.xattr.{name}": value for name, value in (xattrs or {}).items()}
    return info, data


def directory(path: str, mode: int = 0o755, owner: int = 0) -> Member:
    """A directory."""
    return _info(path, tarfile.DIRTYPE, mode, owner), b""


def link(path: str, target: str, hard: bool = False) -> Member:
    """A symlink, or a hard link to a path named before."""
    info = _info(path, tarfile.LNKTYPE if hard else tarfile.SYMTYPE, 0o777, 0)
    info.linkname = target
    return info, b""


def _info(path: str, kind: bytes, mode: int, owner: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(path)
    info.type, info.mode, info.uid, info.gid, info.mtime = kind, mode, owner, owner, 1_700_000_000
    return info


def tar(members: Iterable[Member]) -> bytes:
    """A layer of these members."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=tarfile.PAX_FORMAT) as layer:
        for info, data in members:
            layer.addfile(info, io.BytesIO(data))
    return sink.getvalue()


def write(where: Path, layers: Iterable[bytes], config: Document, architecture: str = "amd64") -> Path:
    """A layout with one image, tagged ``latest``, of plain tar layers."""
    (where / "blobs/sha256").mkdir(parents=True)
    descriptors = [_blob(where, layer, "layer.v1.tar") for layer in layers]
    _finish(where, descriptors, [layer["digest"] for layer in descriptors], config, architecture)
    return where


def derive(where: Path, base: Path, config: Document, layers: Iterable[bytes] = ()) -> Path:
    """The image of another layout under another config, with more plain layers on top."""
    shutil.copytree(base, where)
    manifest = _read(where, json.loads((where / "index.json").read_text())["manifests"][0])
    before = _read(where, manifest["config"])
    more = [_blob(where, layer, "layer.v1.tar") for layer in layers]
    diff_ids = [*before["rootfs"]["diff_ids"], *(layer["digest"] for layer in more)]
    merged = {"Env": before["config"].get("Env", [])} | config
    _finish(where, [*manifest["layers"], *more], diff_ids, merged, before["architecture"])
    return where


def _read(where: Path, descriptor: Document) -> Document:
    document: Document = json.loads((where / "blobs" / descriptor["digest"].replace(":", "/")).read_text())
    return document


def _blob(where: Path, data: bytes, kind: str) -> Document:
    name = hashlib.sha256(data).hexdigest()
    (where / "blobs/sha256" / name).write_bytes(data)
    return {"mediaType": MEDIA + kind, "digest": f"sha256:{name}", "size": len(data)}


def _json(where: Path, document: Document, kind: str) -> Document:
    return _blob(where, json.dumps(document).encode(), kind)


def _finish(where: Path, layers: list[Document], diff_ids: list[str], config: Document, architecture: str) -> None:
    rootfs = {"type": "layers", "diff_ids": diff_ids}
    document = {"architecture": architecture, "os": "linux", "config": config, "rootfs": rootfs}
    described = _json(where, document, "config.v1+json")
    manifest = {"schemaVersion": 2, "mediaType": f"{MEDIA}manifest.v1+json", "config": described, "layers": layers}
    entry = _json(where, manifest, "manifest.v1+json") | {
        "annotations": {"org.opencontainers.image.ref.name": "latest"}
    }
    (where / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (where / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
