"""A hostile image as a value: how it is made, and what must become of it."""

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from hostile.tars import stream
from shave.oci import OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST

Tree = Mapping[str, str | bytes]
"""Paths and what is there: a file's bytes, or as ``tree.shown`` says it."""


class Case(Struct, frozen=True):
    """``make(directory)`` writes the image below a directory and gives its reference.

    Either ``says`` is a part of the sentence that refuses it, or ``tree`` (all of it, if given) is what it holds.
    ``why`` says what readers disagree about where umoci, which also accepts it, sees another tree. ``extract`` is part
    of the sentence that refuses to unpack what can be looked at but not stand on a file system. ``unread`` is a record
    of a package manager that cannot be read, as inspecting the image says. What is ``slow`` takes tens of seconds
    somewhere: tests ask less of it, and others are not asked.
    """

    name: str
    make: Callable[[Path], str]
    says: str = ""
    tree: Tree | None = None
    why: str = ""
    extract: str = ""
    unread: str = ""
    slow: bool = False


class Layout:
    """An OCI layout written as one pleases."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "blobs/sha256").mkdir(parents=True)
        (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def blob(self, data: bytes, media_type: str, **lies: Any) -> dict[str, Any]:
        """Keep ``data`` under its digest; the descriptor of it, with ``lies``."""
        digest = hashlib.sha256(data).hexdigest()
        (self.path / "blobs/sha256" / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data), **lies}

    def document(self, value: Any, media_type: str, **lies: Any) -> dict[str, Any]:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.blob(data, media_type, **lies)

    def index(self, *entries: Mapping[str, Any], **lies: Any) -> str:
        """Write ``index.json``; the reference of the layout's first image."""
        named = [{**entry, "annotations": {"org.opencontainers.image.ref.name": "t"}} for entry in entries[:1]]
        value = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [*named, *entries[1:]], **lies}
        (self.path / "index.json").write_text(json.dumps(value))
        return f"oci:{self.path}:t"

    def image(
        self,
        *layers: bytes,
        config: Mapping[str, Any] | bytes | None = None,
        manifest: Mapping[str, Any] | None = None,
        layer: Mapping[str, Any] | None = None,
        diff_ids: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """An image of plain tars; the keywords replace fields of its documents."""
        described = [self.blob(data, OCI_LAYER, **(layer or {})) for data in layers]
        return self.packed(described, diff_ids or [digest(data) for data in layers], config, manifest)

    def packed(
        self,
        layers: Sequence[Mapping[str, Any]],
        diff_ids: Sequence[str],
        config: Mapping[str, Any] | bytes | None = None,
        manifest: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        body: Any = config
        if not isinstance(config, bytes):
            rootfs = {"type": "layers", "diff_ids": list(diff_ids)}
            body = {"architecture": "amd64", "os": "linux", "rootfs": rootfs, **(config or {})}
        value = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": self.document(body, OCI_CONFIG),
            "layers": list(layers),
            **(manifest or {}),
        }
        return self.document({key: item for key, item in value.items() if item is not None}, OCI_MANIFEST)


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def tars(*layers: bytes) -> Callable[[Path], str]:
    """An image of these layers, gzip as usual: all that lies is inside the tars."""

    def make(directory: Path) -> str:
        layout = Layout(directory / "image")
        packed = [layout.blob(gzip.compress(data, 1, mtime=0), f"{OCI_LAYER}+gzip") for data in layers]
        return layout.index(layout.packed(packed, [digest(data) for data in layers]))

    return make


def members(*layers: Sequence[bytes]) -> Callable[[Path], str]:
    """An image whose layers are tars of these members."""
    return tars(*(stream(*layer) for layer in layers))


def blob(data: bytes, plain: bytes, media_type: str = f"{OCI_LAYER}+gzip") -> Callable[[Path], str]:
    """An image of one layer whose blob and whose claimed tar are given."""

    def make(directory: Path) -> str:
        layout = Layout(directory / "image")
        return layout.index(layout.packed([layout.blob(data, media_type)], [digest(plain)]))

    return make


def later(make: Callable[[], Callable[[Path], str]]) -> Callable[[Path], str]:
    """What takes much memory is made when it is asked for."""
    return lambda directory: make()(directory)


def layout(write: Callable[[Layout], str]) -> Callable[[Path], str]:
    """A layout that ``write`` fills; it gives the reference."""
    return lambda directory: write(Layout(directory / "image"))
