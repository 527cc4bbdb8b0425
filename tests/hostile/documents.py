"""Manifests, indexes and configs that are something else."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from hostile.case import Case, Layout, digest, layout
from hostile.tars import file, stream
from shave.oci import OCI_INDEX, OCI_LAYER, OCI_MANIFEST

PLAIN = stream(file(b"f", b"x"))
TREE = {"f": b"x"}
DEEP = b"[" * 10_000 + b"]" * 10_000
SHA = "sha256:"
WRONG = {"a number": 7, "a list": [7], "an object": {"x": 7}, "a text": "x", "null": None, "true": True}


def image(says: str = "", **lies: Any) -> Mapping[str, Any]:
    """The fields of a case: an image of one file whose documents have these lies."""
    made = layout(lambda here: here.index(here.image(PLAIN, **lies)))
    return {"make": made, "says": says, "tree": None if says else TREE}


def _typed(name: str, right: set[str], lie: str) -> Iterator[Case]:
    for what, value in WRONG.items():
        wrapped: Any = {lie.split(".")[-1]: value}
        for part in reversed(lie.split(".")[:-1]):
            wrapped = {part: wrapped}
        says = "" if what in right else "malformed"
        yield Case(f"a config whose {name} is {what}", **image(says, config=wrapped))


TEXT, LIST = {"a text", "null"}, {"null"}
FIELDS: dict[str, set[str]] = {
    "architecture": TEXT,
    "os": TEXT,
    "config": {"an object", "null"},
    "config.User": TEXT,
    "config.ExposedPorts": {"an object", "null"},
    "config.Env": LIST,
    "config.Entrypoint": LIST,
    "config.Cmd": LIST,
    "config.Volumes": {"an object", "null"},
    "config.WorkingDir": TEXT,
    "config.Labels": LIST,
    "config.StopSignal": TEXT,
    "config.Healthcheck": {"an object", "null"},
    "config.Healthcheck.Test": LIST,
    "config.Shell": LIST,
    "history": LIST,
}
TYPES = tuple(case for field, right in FIELDS.items() for case in _typed(field, right, field))


def raw(text: bytes, what: str) -> Mapping[str, Any]:
    """A case's fields: config, manifest or index with this text."""

    def write(here: Layout) -> str:
        if what == "config":
            return here.index(here.image(PLAIN, config=text))
        if what == "manifest":
            return here.index(here.document(text, OCI_MANIFEST))
        (here.path / "index.json").write_bytes(text)
        return f"oci:{here.path}:t"

    return {"make": layout(write)}


TEXTS = {
    "nested 10 000 deep": DEEP,
    "nested 10 000 deep in a field of no meaning": b'{"x":' + DEEP + b"}",
    "empty": b"",
    "null": b"null",
    "a list": b"[]",
    "cut off": b'{"schemaVersion":',
    "two documents": b"{}{}",
    "UTF-16": "{}".encode("utf-16"),
    "not UTF-8": b'{"architecture":"\xff"}',
    "half a surrogate": b'{"architecture":"\\ud800","os":"\\ud800"}',
    "infinity": b'{"schemaVersion":1e999}',
    "a number of 10 000 digits": b'{"schemaVersion":' + b"9" * 10_000 + b"}",
    "not a number": b'{"schemaVersion":NaN}',
}
MALFORMED = tuple(
    Case(
        f"a{'n' if what == 'index' else ''} {what} that is {name}",
        **raw(text, what),
        says=what if what != "index" else "index",
    )
    for what in ("config", "manifest", "index")
    for name, text in TEXTS.items()
)


def _large(what: str) -> Mapping[str, Any]:
    def write(here: Layout) -> str:
        text = b'{"x":"' + b"x" * (100 << 20) + b'"}'
        return raw(text, what)["make"](here.path.parent / "large")  # type: ignore[no-any-return]

    return {"make": layout(write)}


def _descriptor(**lies: Any) -> Mapping[str, Any]:
    return image(layer=lies)


def _claimed(text: str) -> Mapping[str, Any]:
    """A layer whose descriptor has this digest."""
    return {"make": layout(lambda here: here.index(here.image(PLAIN, layer={"digest": text})))}


def _self_reference(here: Layout) -> str:
    """Nobody can make an index that holds its own digest; one can only say so."""
    name = "0" * 64
    entry = {"mediaType": OCI_INDEX, "digest": SHA + name, "size": 300}
    (here.path / "blobs/sha256" / name).write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}).ljust(300))
    return here.index(entry)


def _nested(depth: int, here: Layout) -> str:
    entry = here.image(PLAIN)
    for _ in range(depth):
        entry = here.document({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]}, OCI_INDEX)
    return here.index(entry)


def _wide(here: Layout) -> str:
    """Ten indexes of ten indexes of … : each is the same ten times over."""
    entry = here.image(PLAIN)
    for _ in range(3):
        entry = here.document({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry] * 1000}, OCI_INDEX)
    return here.index(entry)


def _missing(which: str, here: Layout) -> str:
    reference = here.index(here.image(PLAIN))
    wanted = {"manifest": b'"layers"', "config": b'"rootfs"', "layer": b"ustar"}[which]
    for path in (here.path / "blobs/sha256").iterdir():
        if wanted in path.read_bytes():
            path.unlink()
    return reference


LIES = {"manifest": (b'"size"', b'"siz3"'), "config": (b"amd64", b"arm64"), "layer": (b"x", b"y")}


def _lying(which: str, here: Layout) -> str:
    """One byte of the blob is another than its digest says."""
    reference = here.index(here.image(PLAIN))
    wanted = {"manifest": b'"layers"', "config": b'"rootfs"', "layer": b"ustar"}[which]
    for path in (here.path / "blobs/sha256").iterdir():
        data = path.read_bytes()
        if wanted in data:
            path.write_bytes(data.replace(*LIES[which], 1))
    return reference


def _both(here: Layout) -> str:
    """CVE-2021-41190: read as an index it is another image than read as a manifest."""
    entry = here.image(PLAIN)
    other = here.image(stream(file(b"evil", b"x")))
    return here.index(here.image(PLAIN, manifest={"manifests": [other]}) | {"x": entry})


def _sha512(here: Layout) -> str:
    name = hashlib.sha512(PLAIN).hexdigest()
    (here.path / "blobs/sha512").mkdir()
    (here.path / "blobs/sha512" / name).write_bytes(PLAIN)
    layer = {"mediaType": OCI_LAYER, "digest": f"sha512:{name}", "size": len(PLAIN)}
    return here.index(here.packed([layer], [f"sha512:{name}"]))


def _marker(text: str | None) -> Mapping[str, Any]:
    def write(here: Layout) -> str:
        reference = here.index(here.image(PLAIN))
        (here.path / "oci-layout").unlink()
        if text is not None:
            (here.path / "oci-layout").write_text(text)
        return reference

    return {"make": layout(write)}


def _layers(count: int, here: Layout) -> str:
    return here.index(here.image(*(stream(file(b"f%d" % number, b"x")) for number in range(count))))


def _schema_1(here: Layout) -> str:
    body = {"schemaVersion": 1, "name": "x", "fsLayers": [{"blobSum": SHA + "0" * 64}], "history": []}
    return here.index(here.document(body, "application/vnd.docker.distribution.manifest.v1+prettyjws"))


def _artifact(here: Layout) -> str:
    body = {"mediaType": "application/vnd.oci.artifact.manifest.v1+json", "blobs": []}
    return here.index(here.document(body, "application/vnd.oci.artifact.manifest.v1+json"))


def _chart(here: Layout) -> str:
    """What Helm and others keep in registries."""
    config = here.document({"name": "chart"}, "application/vnd.cncf.helm.config.v1+json")
    return here.index(here.image(PLAIN, manifest={"config": config}))


DUPLICATE = PLAIN[:0] + stream(file(b"same", b"x"))
EMPTY = stream()

CASES = (
    Case("a config of 100 MB", **_large("config"), says="more than"),
    Case("a manifest of 100 MB", **_large("manifest"), says="more than"),
    Case("an index of 100 MB", **_large("index"), says="more than"),
    Case("a user of 4 MB", **image(config={"config": {"User": "u" * (4 << 20)}})),
    Case("fields of no meaning", **image(config={"x": 1, "config": {"y": {"z": [1]}}})),
    Case("a layer with the digest of another", make=layout(partial(_lying, "layer")), says="its bytes have the digest"),
    Case(
        "a config with the digest of another",
        make=layout(partial(_lying, "config")),
        says="config is not what its digest says",
    ),
    Case(
        "a manifest with the digest of another",
        make=layout(partial(_lying, "manifest")),
        says="manifest is not what its digest says",
    ),
    Case("a layer that is missing", make=layout(partial(_missing, "layer")), says="is missing"),
    Case("a config that is missing", make=layout(partial(_missing, "config")), says="config is missing"),
    Case("a manifest that is missing", make=layout(partial(_missing, "manifest")), says="manifest is missing"),
    Case("another diff ID", **image("has the diff ID", diff_ids=[SHA + "0" * 64])),
    Case("no diff IDs", **image("names 0 layers", config={"rootfs": {"type": "layers", "diff_ids": []}})),
    Case(
        "a diff ID too many",
        **image("names 2 layers", config={"rootfs": {"type": "layers", "diff_ids": [digest(PLAIN)] * 2}}),
    ),
    Case(
        "a diff ID that climbs out",
        **image("is not a sha256", config={"rootfs": {"type": "layers", "diff_ids": ["sha256:../../etc/passwd"]}}),
    ),
    Case("diff IDs that are numbers", **image("malformed", config={"rootfs": {"type": "layers", "diff_ids": [7]}})),
    Case("no rootfs", **image("names 0 layers", config={"rootfs": None})),
    Case("a rootfs of another type", **image("unknown type", config={"rootfs": {"type": "snaps", "diff_ids": []}})),
    Case("more history than layers", **image(config={"history": [{"created_by": "RUN x"}] * 9})),
    Case("less history than layers", **image(config={"history": []})),
    Case("history of empty layers only", **image(config={"history": [{"empty_layer": True}]})),
    Case(
        "a history that speaks to the terminal",
        **image(config={"history": [{"created_by": "RUN \x1b[2J\x1b]0;x\x07"}]}),
    ),
    Case("a layer one byte larger", **image("its descriptor says", layer={"size": len(PLAIN) - 1})),
    Case("a layer one byte smaller", **image("its descriptor says", layer={"size": len(PLAIN) + 1})),
    Case("a layer of 0 bytes", **image("its descriptor says", layer={"size": 0})),
    Case("a layer of -1 bytes", **image("its descriptor says", layer={"size": -1})),
    Case("a layer of 2^80 bytes", **image("its descriptor says", layer={"size": 1 << 80})),
    Case("a layer of 1.5 bytes", **image("malformed", layer={"size": 1.5})),
    Case("a layer kept elsewhere", **image("foreign layer", layer={"urls": ["http://127.0.0.1:1/"]})),
    Case(
        "a layer of a foreign type",
        **image("foreign layer", layer={"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"}),
    ),
    Case("a layer of no type", **image(layer={"mediaType": ""})),
    Case("a digest that climbs out", **_claimed("sha256:../../../../../../etc/passwd"), says="is not a sha256"),
    Case("a digest in capitals", **_claimed(digest(PLAIN).upper().replace("SHA", "sha")), says="is not a sha256"),
    Case("a digest that is too short", **_claimed(SHA + "0" * 63), says="is not a sha256"),
    Case("a digest with a line end", **_claimed(digest(PLAIN) + "\n"), says="is not a sha256"),
    Case("a digest with other digits", **_claimed(SHA + "\u0663" * 64), says="is not a sha256"),
    Case("a digest of MD5", **_claimed("md5:" + "0" * 32), says="is not a sha256"),
    Case("a digest of no kind", **_claimed("x:y"), says="is not a sha256"),
    Case("a digest of 1 MB", **_claimed("sha256:" + "0" * (1 << 20)), says="is not a sha256"),
    Case("digests of SHA-512", make=layout(_sha512), tree=TREE),
    Case("an index that names itself", make=layout(_self_reference), says="is not what its digest says"),
    Case("indexes four deep", make=layout(partial(_nested, 4)), tree=TREE),
    Case("indexes five deep", make=layout(partial(_nested, 5)), says="nested more than"),
    Case("indexes a hundred deep", make=layout(partial(_nested, 100)), says="nested more than"),
    Case("a billion entries by a thousand thousand thousand", make=layout(_wide), tree=TREE),
    Case("an index that is a manifest too", make=layout(_both), says="is not an image manifest"),
    Case(
        "a manifest that is called an index",
        make=layout(lambda here: here.index(here.image(PLAIN) | {"mediaType": OCI_INDEX})),
        says="is not an index",
    ),
    Case("a manifest of another type", **image("calls itself", manifest={"mediaType": "application/x"})),
    Case("a config of another type", make=layout(_chart), says="is no container image"),
    Case(
        "a manifest without layers",
        make=layout(lambda here: here.index(here.image(manifest={"layers": None}))),
        tree={},
    ),
    Case("a manifest of schema 1", make=layout(_schema_1), says="schema 1"),
    Case("an artifact", make=layout(_artifact), says="is not there"),
    Case("a layout of version 2", **_marker('{"imageLayoutVersion": "2.0.0"}'), says="unknown version"),
    Case("a layout of version 7", **_marker('{"imageLayoutVersion": 7}'), says="malformed"),
    Case("a layout without a marker", **_marker(None), says="layout marker is missing"),
    Case("127 layers", make=layout(partial(_layers, 127))),
    Case("1000 layers", make=layout(partial(_layers, 1000)), slow=True),
    Case(
        "5000 layers",
        make=layout(lambda here: here.index(here.packed([here.blob(PLAIN, OCI_LAYER)] * 5000, [digest(PLAIN)] * 5000))),
        says="5000",
    ),
    Case(
        "one layer three times",
        make=layout(lambda here: here.index(here.image(DUPLICATE, DUPLICATE, DUPLICATE))),
        tree={"same": b"x"},
    ),
    Case("empty layers", make=layout(lambda here: here.index(here.image(EMPTY, EMPTY, PLAIN, EMPTY))), tree=TREE),
    Case("no images", make=layout(lambda here: here.index()), says="is not there"),
    Case("configs in plain sight", **image(config={"config": {"Env": ["A=\u0000", "=", "B"], "Cmd": ["\u0000"]}})),
)
