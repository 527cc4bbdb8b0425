"""Directories and archives that are not what a layout is."""

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hostile.case import Case, Layout, digest, later, layout
from hostile.tars import directory, file, hardlink, header, stream, symlink

PLAIN = stream(file(b"f", b"x"))
TREE = {"f": b"x"}


def config(layers: int) -> bytes:
    rootfs = {"type": "layers", "diff_ids": [digest(PLAIN)] * layers}
    return json.dumps({"architecture": "amd64", "os": "linux", "rootfs": rootfs}).encode()


CONFIG, TWICE = config(1), config(2)
SECRET = "../" * 20 + "etc/passwd"


def instead(name: str, put: Callable[[Path, Path], Any]) -> Callable[[Path], str]:
    """A good layout with something else in place of one of its files (``layer``: that of the layer)."""

    def write(here: Layout) -> str:
        reference = here.index(here.image(PLAIN))
        path = here.path / name.replace("layer", f"blobs/sha256/{digest(PLAIN).removeprefix('sha256:')}")
        aside = here.path.parent / "aside"
        path.rename(aside)
        put(path, aside)
        return reference

    return layout(write)


def saved(
    *extra: bytes, name: str = "config.json", layers: Sequence[str] = ("layer.tar",), body: bytes = CONFIG
) -> Callable[[Path], str]:
    """An archive of docker save: its manifest, and members that may contradict it."""

    def make(directory: Path) -> str:
        manifest = json.dumps([{"Config": name, "RepoTags": ["x:t"], "Layers": list(layers)}]).encode()
        path = directory / "image.tar"
        path.write_bytes(stream(file(b"manifest.json", manifest), file(b"config.json", body), *extra))
        return f"docker-archive:{path}"

    return make


def written(data: bytes) -> Callable[[Path], str]:
    """A file of these bytes as an archive."""

    def make(directory: Path) -> str:
        (directory / "image.tar").write_bytes(data)
        return f"docker-archive:{directory / 'image.tar'}"

    return make


def archived(*tricks: bytes, rename: str = "") -> Callable[[Path], str]:
    """A good layout as an archive, after members that are tricks."""

    def make(directory: Path) -> str:
        layout = Layout(directory / "image")
        layout.index(layout.image(PLAIN))
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for path in sorted(layout.path.rglob("*")):
                if path.is_file():
                    archive.add(path, rename + str(path.relative_to(layout.path)))
        (directory / "image.tar").write_bytes(b"".join(tricks) + buffer.getvalue())
        return f"oci-archive:{directory / 'image.tar'}:t"

    return make


def manifest_json(text: bytes) -> Callable[[Path], str]:
    return written(stream(file(b"manifest.json", text), file(b"config.json", CONFIG), file(b"layer.tar", PLAIN)))


LAYER = file(b"layer.tar", PLAIN)
CASES = (
    Case(
        "an index.json that is a symlink",
        instead("index.json", lambda path, aside: path.symlink_to(aside)),
        says="not a plain file",
    ),
    Case(
        "a marker that is a symlink",
        instead("oci-layout", lambda path, aside: path.symlink_to(aside)),
        says="not a plain file",
    ),
    Case(
        "blobs that are a symlink",
        instead("blobs", lambda path, aside: path.symlink_to(aside)),
        says="not a plain file",
    ),
    Case(
        "a blob that is a symlink",
        instead("layer", lambda path, aside: path.symlink_to(aside)),
        says="not a plain file",
    ),
    Case(
        "a blob that is a symlink to itself",
        instead("layer", lambda path, aside: path.symlink_to(path)),
        says="not a plain file",
    ),
    Case("a blob that is a pipe", instead("layer", lambda path, aside: os.mkfifo(path)), says="not a regular file"),
    Case("a blob that is a directory", instead("layer", lambda path, aside: path.mkdir()), says="not a regular file"),
    Case(
        "a blob that is a device",
        instead("layer", lambda path, aside: os.mknod(path, 0o020666, os.makedev(1, 5))),
        says="not a regular file",
    ),
    Case(
        "an index.json that is a pipe",
        instead("index.json", lambda path, aside: os.mkfifo(path)),
        says="not a regular file",
    ),
    Case(
        "an index.json that is a directory",
        instead("index.json", lambda path, aside: path.mkdir()),
        says="not a regular file",
    ),
    Case("blobs that are a file", instead("blobs", lambda path, aside: path.write_text("x")), says="not a plain file"),
    Case("an archive as docker save makes it", saved(LAYER), tree=TREE),
    Case(
        "layers as symlinks to layers",
        saved(
            file(b"a/layer.tar", PLAIN),
            symlink(b"b/layer.tar", b"../a/layer.tar"),
            layers=("a/layer.tar", "b/layer.tar"),
            body=TWICE,
        ),
        tree=TREE,
    ),
    Case("a layer that is a hard link", saved(LAYER, hardlink(b"b.tar", b"layer.tar"), layers=("b.tar",)), tree=TREE),
    Case("a config outside", saved(LAYER, name=SECRET), says="missing"),
    Case("a layer outside", saved(LAYER, layers=(SECRET,)), says="missing"),
    Case("an absolute layer outside", saved(LAYER, layers=("/etc/passwd",)), says="missing"),
    Case("a layer that is a symlink outside", saved(symlink(b"layer.tar", b"/etc/passwd")), says="missing"),
    Case("a layer that is a symlink that climbs out", saved(symlink(b"layer.tar", SECRET.encode())), says="missing"),
    Case("a layer that is a symlink to itself", saved(symlink(b"layer.tar", b"layer.tar")), says="missing"),
    Case("a layer that is a directory", saved(directory(b"layer.tar")), says="missing"),
    Case("a layer that is a device", saved(header(b"layer.tar", b"3", device=(1, 5))), says="missing"),
    Case("a layer twice", saved(file(b"layer.tar", b"other"), LAYER), tree=TREE),
    Case("a layer that comes before another", saved(LAYER, file(b"layer.tar", b"other")), says="layer"),
    Case("a layer fewer than said", saved(LAYER, body=TWICE), says="names 2 layers"),
    Case("no member of that name", saved(), says="missing"),
    Case("an archive without manifest.json", written(stream(file(b"x", b"x"))), says="no manifest.json"),
    Case("a manifest.json that is no list", manifest_json(b"{}"), says="malformed"),
    Case("a manifest.json that is null", manifest_json(b"null"), says="malformed"),
    Case("a manifest.json that is empty", manifest_json(b"[]"), says="is not there"),
    Case("a manifest.json 10 000 deep", manifest_json(b"[" * 10_000 + b"]" * 10_000), says="nested too deep"),
    Case("a manifest.json of wrong types", manifest_json(b'[{"Config":7,"Layers":"x"}]'), says="malformed"),
    Case("a manifest.json of null fields", manifest_json(b'[{"Config":null,"Layers":null}]'), says="malformed"),
    Case("a manifest.json of 100 MB", later(lambda: manifest_json(b"[" + b" " * (100 << 20) + b"]")), says="more than"),
    Case("an archive cut off", written(stream(LAYER)[:-1300]), says="cut off"),
    # signed bytes whose sum, with the spaces that stand for the checksum, is the nothing that is missing
    Case("an archive cut off in a header", written(b"\x80\x80" + bytes(98)), says="cut off"),
    Case("an archive of nothing", written(b""), says="no manifest.json"),
    Case("an archive that is text", written(b"hello\n" * 500), says="not a tar archive"),
    Case("an archive of gzip of text", written(gzip.compress(b"hello\n" * 500)), says="not a tar archive"),
    Case("an archive of broken gzip", written(gzip.compress(PLAIN)[:-9]), says="cut off"),
    Case(
        "an archive with a negative size",
        written(stream(header(b"manifest.json", size=b"\xff" * 12))),
        says="not a tar archive",
    ),
    Case("an archive of a layout", archived(), tree=TREE),
    Case("an archive of a layout with ./ names", archived(rename="./"), tree=TREE),
    Case("an archive with members outside", archived(file(SECRET.encode(), b"x")), tree=TREE),
    Case("an archive with two index.json", archived(file(b"index.json", b"{}")), tree=TREE),
    Case("an archive with a symlink for blobs", archived(symlink(b"blobs", b"/etc")), tree=TREE),
    Case("an archive with a member called /", archived(file(b"/", b"x")), tree=TREE),
    Case("an archive with an unknown type", archived(header(b"z", b"Z")), tree=TREE),
)
