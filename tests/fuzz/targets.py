"""What reads bytes that an image, a registry or a container may have made: each gives a value or raises a ShaveError.

Where another reader of the same format is at hand and both accept, they must agree.
"""

import gzip
import hashlib
import io
import json
import os
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any, BinaryIO

from msgspec import Struct

import dockerfiles
import wheels
from assemblies import assembly, bundle
from debs import COMPRESSIONS, package
from elves import program
from fuzz.installed import READERS
from fuzz.mutation import summed
from hostile import holes, tars
from modules import integrity, tarball
from shave import deb822, documents, dotnet_bundle, elf, evidence_text, pax, pe, reference, wheel
from shave.allowance import Allowance
from shave.catalog import go, java, rust
from shave.compression import compress_zstd, decompress, detect
from shave.debian import deb
from shave.dockerfile import abilities, ignores, parser, scopes
from shave.dockerfile.parts import render
from shave.dockerfile.removing import removal
from shave.dockerfile.shells import shell_of
from shave.errors import BadImageError
from shave.lock import LockedModule
from shave.npm import package_lock
from shave.oci import OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST, Config, Index, Manifest, blob_path, decode
from shave.origins import node_package
from shave.plan import Plan
from shave.records import Read
from shave.sources.archive import Archive
from shave.sources.layout import read_image
from shave.spec import NodePackages
from shave.tar_header import BLOCK
from shave.tar_reader import scan
from shave.tracers.strace_log import Log
from shave.tree import Entry

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MOST = 16 << 20


class Target(Struct, frozen=True):
    """``read`` is given variations of ``seeds``; only a ShaveError may leave it."""

    name: str
    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def _tar(data: bytes) -> None:
    data = summed(data)
    found = scan(data[at : at + 700] for at in range(0, len(data), 700))
    for entry in found.entries:
        stored = entry.size if entry.sparse is None else sum(length for _, length in entry.sparse)
        assert entry.offset + stored <= len(data)
    if set(data[156::BLOCK]) <= PLAIN_TYPES:
        _compare(found.entries, data)


PLAIN_TYPES = frozenset(b"\x00012345")
"""Extended and sparse headers tarfile reads in its own way, so it is asked only where no block looks like one."""


def _compare(entries: Iterable[Entry], data: bytes) -> None:
    """Two readers find the same bodies, as far as tarfile comes before it gives up."""
    with suppress(tarfile.TarError, ValueError, OverflowError):
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            theirs = {member.offset_data: member for member in archive.getmembers()}
        for entry in entries:
            member = theirs.get(entry.offset)
            if entry.size and member:
                assert (entry.size, entry.mode) == (member.size, member.mode & 0o7777)


def _gzip(data: bytes) -> None:
    plain = _bounded(data, "gzip")
    if len(plain) < MOST:
        with suppress(OSError, EOFError, zlib.error):
            assert gzip.decompress(data) == plain


def _zstd(data: bytes) -> None:
    plain = _bounded(data, "zstd")
    if len(plain) < MOST:
        with suppress(zstd.ZstdError):
            assert zstd.decompress(data) == plain


def _bounded(data: bytes, compression: Any) -> bytes:
    return b"".join(islice(decompress((data[at : at + 100] for at in range(0, len(data), 100)), compression), 1000))


def _document(data: bytes) -> None:
    for kind in (Manifest, Index, Config):
        with suppress(BadImageError):
            decode(data, kind, "it")
    with suppress(ValueError, RecursionError):
        documents.parse(data, "plan", Plan)


class _Files:
    """A layout in memory."""

    path = Path("/nowhere")

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def size(self, name: str) -> int | None:
        return len(self.files[name]) if name in self.files else None

    def open(self, name: str) -> BinaryIO:
        return io.BytesIO(self.files[name])

    def place(self, name: str) -> tuple[Path, int]:
        return self.path, 0


_LAYER = tars.stream(tars.file(b"f", b"x"))
_KINDS = (OCI_INDEX, OCI_MANIFEST, OCI_CONFIG)


def _layout(data: bytes) -> None:
    """An index, a manifest and a config, a line each; ``@`` and ``"SIZE"`` mean the document of the line below."""
    texts = (data + b"\n\n").split(b"\n")[2::-1]
    files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', blob_path(_digest(_LAYER)): _LAYER}
    below = b""
    for text in texts:
        said = text.replace(b"@LAYER", _digest(_LAYER).encode()).replace(b"@", _digest(below).encode())
        below = said.replace(b'"SIZE"', b"%d" % len(below))
        files[blob_path(_digest(below))] = below
    files["index.json"] = below
    image = read_image(_Files(files), reference.parse("oci:x"), None)
    assert len(image.layers) == len(image.config.rootfs.diff_ids)


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _elf(data: bytes) -> None:
    found = elf.parse(lambda offset, length: data[offset : offset + min(length, MOST)])
    if found:
        assert sum(map(len, found.needed)) < MOST


def _reader(data: bytes) -> Read:
    return lambda offset, length: data[offset : offset + length]


def _java(data: bytes) -> None:
    assert sum(bool(found) for found in java.archive("a.jar", len(data), _reader(data))) < MOST


def _linked(data: bytes) -> None:
    """What compilers leave in programs; each reader is asked, whatever the one before it says."""
    for read in (go.build, rust.audit, rust.compiler, pe.parse):
        with suppress(BadImageError):
            read(_reader(data))  # type: ignore[operator]
    dotnet_bundle.files(_reader(data), len(data))


def _reference(data: bytes) -> None:
    found = reference.parse(data.decode("utf-8", "surrogateescape"))
    assert reference.parse(str(found)) == found


def _pax(data: bytes) -> None:
    records = pax.parse(data)
    assert pax.parse(pax.serialise(records)) == records
    for key, value in records:
        if key == "mtime":
            assert pax.parse_time(pax.format_time(pax.parse_time(value))) == pax.parse_time(value)


def _deb822(data: bytes) -> None:
    for paragraph in deb822.paragraphs(data.decode("utf-8", "surrogateescape")):
        assert all(paragraph)


def _evidence(data: bytes) -> None:
    found = evidence_text.read(data, "it")
    assert evidence_text.read(evidence_text.write(found), "it") == found


def _detect(data: bytes) -> None:
    detect(data, OCI_LAYER)


def _strace(data: bytes) -> None:
    log = Log([1])
    for line in data.decode("utf-8", "surrogateescape").splitlines():
        assert all(used.path for used in log.read(line))


def _archive(data: bytes) -> None:
    with os.fdopen(os.memfd_create("archive"), "wb") as file:
        file.write(summed(data))
        file.flush()
        archive = Archive(Path(f"/proc/self/fd/{file.fileno()}"))
        for name, extent in archive.extents.items():
            assert extent.offset + extent.size <= len(data)
            assert archive.find(name) == extent


_SEEDS = tuple(
    tars.stream(*part)
    for part in (
        [
            tars.file(b"a/b", b"x" * 700),
            tars.directory(b"d"),
            tars.symlink(b"d/l", b"../a/b"),
            tars.hardlink(b"h", b"a/b"),
        ],
        [tars.long(b"n" * 200), tars.file(b"n", b"y"), tars.long(b"t" * 200, b"K"), tars.symlink(b"l", b"t")],
        [tars.pax((b"path", b"p" * 120), (b"mtime", b"1.5"), (b"SCHILY.xattr.user.a", b"\0")), tars.file(b"n", b"z")],
        [tars.pax((b"comment", b"g"), kind=b"g"), tars.header(b"c", b"3", device=(1, 3)), tars.header(b"p", b"6")],
        [holes.old(0, 5, 90, 5, size=100, stored=b"0123456789"), tars.file(b".wh.x"), tars.file(b"d/.wh..wh..opq")],
        holes.one(b"2\n0\n5\n90\n5\n", 100, b"0123456789"),
        holes.listed(b"0,5,90,5", b"100", b"0123456789"),
        [tars.file(b"big", mtime=tars.base256(-5, 12), uid=tars.base256(1 << 31, 8))],
    )
)


def _jar(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return made.getvalue()


def _packed(plain: bytes) -> bytes:
    return b"".join(compress_zstd([plain]))


def _dynamic(path: str) -> bytes:
    """A small program that is linked dynamically, cut behind its dynamic section."""
    return Path(path).read_bytes()[:200_000]


def _deb(data: bytes) -> None:
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        found = deb.open(Path(file.name))
        assert found.written
        assert all(path.startswith("/") for path in found.conffiles)
        scan(islice(found.plain(), MOST >> 17))


def _wheel(data: bytes) -> None:
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        with wheel.opened(Path(file.name), "x") as found:
            for each in found.files:
                assert ".." not in each.path.split("/")
                sum(map(len, islice(found.pieces(each), MOST >> 18)))


def _dockerfile(data: bytes) -> None:
    found = parser.parse(data)
    assert render(found) == data
    ignores.ignores(found)
    abilities.bases(found)
    for stage, scope in zip(found.stages, scopes.scopes(found).stages, strict=True):
        for each in stage.instructions:
            shell = shell_of(data, each.inner or each, scope.shell(each.start), scope.at(each.start))
            for step in shell.steps if shell else ():
                removal(shell, step)


def _npm_lock(data: bytes) -> None:
    with TemporaryDirectory() as directory:
        Path(directory, "package-lock.json").write_bytes(data)
        for module in package_lock.modules(NodePackages(), Path(directory), "amd64"):
            assert module.path.startswith("node_modules/") and ".." not in module.path.split("/")


def _npm_package(data: bytes) -> None:
    module = LockedModule("node_modules/x", "x", "1", "", "")
    with TemporaryDirectory() as directory:
        place = Path(directory, "x")
        place.write_bytes(gzip.compress(summed(data), 0))
        for command in node_package.opened(module, place, place.with_name("y"), Allowance(len(data))).commands:
            assert command.name not in ("", ".", "..") and "/" not in command.name


_NPM_LOCK = json.dumps(
    {
        "lockfileVersion": 3,
        "packages": {
            "": {"dependencies": {"a": "1"}, "optionalDependencies": {"b": "1"}},
            "node_modules/a": {"resolved": "http://u@x/", "integrity": integrity(b""), "dependencies": {"@s/c": "*"}},
            "node_modules/b": {"version": "1.0.0", "optional": True, "os": ["darwin"], "dependencies": {"@s/c": "*"}},
            "node_modules/@s/c": {"version": "1", "resolved": "file:c.tgz", "integrity": integrity(b"1")},
        },
    }
).encode()
_NPM_PACKAGE = gzip.decompress(
    tarball({"a.js": b"1", "node_modules/b/package.json": b'{"name":"b","bin":["a"]}'}, {"name": "x", "bin": "a.js"})
)
_WHEEL = wheels.wheel(files={"foo.py": b"1" * 40, "foo-1.0.data/scripts/x": b"#!python\n"}, scripts={"foo": "foo:x"})
_REFERENCES = tuple(
    text.encode()
    for text in (
        "docker://host:5000/a/b:tag@sha256:" + "0" * 64,
        "oci:dir:tag",
        "docker-archive:file.tar:name:tag",
        "docker-archive:file.tar:@0",
        "docker-daemon:sha256:" + "1" * 64,
        "containerd:ns/docker.io/library/a:b",
        "rootfs:/dir",
        "containers-storage:[overlay@/a+/b]name:tag",
        "nginx:latest",
    )
)
_EVIDENCE = b"""# shave.evidence-file/v1
image\tsha256:0\toci:dir
package\tdpkg:bash\t5.2
tracer\tseccomp
used\t/etc/a\\x2cb\topen,stat\thome\tdpkg:bash
"""
_INSIDE = b'1 1.5 pivot_root(".", ".") = 0\n1 1.6 execve("/x", ["x"], 0) = 0\n'
_STRACE = (
    b"1 1700000000.5 clone(child_stack=NULL) = 2 /* 1234 in strace's PID NS */",
    _INSIDE + b'1 1.7 openat(AT_FDCWD</>, "a\\303\\251", O_RDONLY) = 3</a>',
    _INSIDE + b'1 1.7 openat(AT_FDCWD</>, "a", O_RDONLY <unfinished ...>\n1 1.8 <... openat resumed>) = -1 ENOENT (No)',
)
_INDEX = {"schemaVersion": 2, "manifests": [{"mediaType": OCI_MANIFEST, "digest": "@", "size": "SIZE"}]}
_CONFIG = {
    "architecture": "amd64",
    "os": "linux",
    "config": {"Env": ["A=1"], "Cmd": ["x"], "ExposedPorts": {"80/tcp": {}}, "Healthcheck": {"Test": ["CMD", "x"]}},
    "rootfs": {"type": "layers", "diff_ids": ["@LAYER"]},
    "history": [{"created_by": "RUN x", "empty_layer": True}],
}
_MANIFEST = {
    "schemaVersion": 2,
    "config": {"mediaType": OCI_CONFIG, "digest": "@", "size": "SIZE"},
    "layers": [{"mediaType": OCI_LAYER, "digest": "@LAYER", "size": 2048}],
}


def _lines(*documents: object) -> bytes:
    return b"\n".join(json.dumps(document).encode() for document in documents)


_POM = {"META-INF/maven/g/a/pom.properties": b"version=1\ngroupId=g\nartifactId=a\n"}
_JAR = _jar({"META-INF/MANIFEST.MF": b"Implementation-Title: a\n b\n\n", **_POM, "lib/b-1.jar": _jar(_POM)})
_GO = b"\xff Go buildinf:\x08\x02" + bytes(16) + b"\x06go1.22\x30" + bytes(16) + b"path\ta\nmod\ta\tv1\n" + bytes(16)
_LINKED = {
    ".go.buildinfo": _GO,
    ".dep-v0": zlib.compress(b'{"packages":[{"name":"a","version":"1","root":true}]}'),
    ".comment": b"rustc version 1.95.0 (f2d3ce0bd)\0",
}

TARGETS = (
    Target("tar", _tar, _SEEDS),
    Target("archive", _archive, _SEEDS),
    Target("pax", _pax, (b"10 path=a\n", b"30 mtime=1234567890.123456789\n16 SCHILY.x=a\0b\n")),
    Target("detect", _detect, (gzip.compress(b"x"), _packed(b"x"), _SEEDS[0][:600])),
    Target(
        "gzip", _gzip, (gzip.compress(_LAYER), gzip.compress(b"a") + gzip.compress(b"b"), gzip.compress(bytes(9999)))
    ),
    Target("zstd", _zstd, (_packed(_LAYER), _packed(b"a") + b"\x50\x2a\x4d\x18\1\0\0\0x" + _packed(b"b"))),
    Target("documents", _document, (_lines(_INDEX), _lines(_MANIFEST), _lines(_CONFIG), b'{"schema":"shave.plan/v1"}')),
    Target("layout", _layout, (_lines(_INDEX, _MANIFEST, _CONFIG),)),
    Target("elf", _elf, (Path("/bin/busybox").read_bytes()[:4096], _dynamic("/bin/ls"))),
    Target("java", _java, (_JAR, b"#!/bin/sh\n" + _JAR)),
    Target("linked", _linked, (program(_LINKED), bundle({"a.json": b"{}"}), assembly(ready_to_run=True))),
    Target("reference", _reference, _REFERENCES),
    Target(
        "deb822", _deb822, (b"Package: a\nStatus: install ok installed\nConffiles:\n /etc/a 0\n .\n\nPackage: b\n",)
    ),
    Target("evidence", _evidence, (_EVIDENCE,)),
    Target("strace", _strace, _STRACE),
    Target("deb", _deb, tuple(package({"a": b"1"}, others={"conffiles": b"/a\n"}, ending=end) for end in COMPRESSIONS)),
    Target("wheel", _wheel, (_WHEEL,)),
    Target("dockerfile", _dockerfile, tuple(text.encode() for text in dockerfiles.WRITTEN)),
    Target("npm lock", _npm_lock, (_NPM_LOCK,)),
    Target("npm package", _npm_package, (_NPM_PACKAGE,)),
    *(Target(manager, read, seeds) for manager, (read, seeds) in READERS.items()),
)
