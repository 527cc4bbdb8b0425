"""Every claim that does not hold is found, and nothing is said of images that are what they claim."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from shave import layer_cache
from shave.errors import BadImageError
from shave.events import silent
from shave.image import Image, ImageIndex, Layer
from shave.oci import OCI_LAYER, OCI_MANIFEST, Descriptor, digest_of
from shave.testing import image, random_image
from shave.verbs.validate import Mismatch, checked, claims, validate

MADE = image({"/a": b"a" * 3000}, {"/b": b"b"})
OTHER = "sha256:" + "0" * 64
PLAIN, ZSTD = (image({"/a": b"a"}, compression=kind) for kind in ("none", "zstd"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def with_layer(made: Image, number: int, changed: Layer) -> Image:
    """The image with another layer, which the manifest and the config agree on."""
    layers = (*made.layers[:number], changed, *made.layers[number + 1 :])
    manifest = replace(made.manifest, layers=tuple(layer.descriptor for layer in layers))
    rootfs = replace(made.config.rootfs, diff_ids=tuple(layer.diff_id for layer in layers))
    return replace(made, layers=layers, manifest=manifest, config=replace(made.config, rootfs=rootfs))


def of_bytes(data: bytes, like: Layer, **said: str | int) -> Layer:
    """A layer of other bytes, described truthfully but for what is ``said``."""
    descriptor = replace(like.descriptor, **{"digest": digest_of(data), "size": len(data), **said})
    return replace(like, descriptor=descriptor, open=lambda: io.BytesIO(data), plain=None)


def blob(layer: Layer) -> bytes:
    with layer.open() as file:
        return file.read()


def found(made: Image) -> list[tuple[str, str]]:
    return [(mismatch.part, mismatch.claim) for mismatch in validate(made, silent)]


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_nothing_is_said_of_good_images(compression: str) -> None:
    assert validate(image({"/a": b"a"}, {}, compression=compression), silent) == ()  # type: ignore[arg-type]
    assert validate(random_image(3), silent) == ()


LYING: dict[str, tuple[Callable[[Layer], Layer], list[str]]] = {
    "digest": (lambda layer: replace(layer, descriptor=replace(layer.descriptor, digest=OTHER)), ["digest"]),
    "too small a size": (
        lambda layer: replace(layer, descriptor=replace(layer.descriptor, size=7)),
        ["content", "size"],
    ),
    "too large a size": (lambda layer: replace(layer, descriptor=replace(layer.descriptor, size=1 << 40)), ["size"]),
    "diff ID": (lambda layer: replace(layer, diff_id=OTHER), ["diff ID"]),
    "two of them": (
        lambda layer: replace(layer, diff_id=OTHER, descriptor=replace(layer.descriptor, digest=OTHER)),
        ["diff ID", "digest"],
    ),
    "zstd called gzip": (
        lambda layer: replace(of_bytes(blob(ZSTD.layers[0]), layer), diff_id=ZSTD.layers[0].diff_id),
        ["media type"],
    ),
    "plain called gzip": (
        lambda layer: replace(of_bytes(blob(PLAIN.layers[0]), layer), diff_id=PLAIN.layers[0].diff_id),
        ["media type"],
    ),
    "bzip2": (lambda layer: of_bytes(b"BZh91AY&SY", layer), ["media type"]),
    "cut off": (lambda layer: of_bytes(blob(layer)[:-5], layer), ["content"]),
    "no tar": (
        lambda layer: replace(of_bytes(b"x" * 2048, PLAIN.layers[0]), diff_id=digest_of(b"x" * 2048)),
        ["tar"],
    ),
    "an annotation": (
        lambda layer: replace(
            layer, descriptor=replace(layer.descriptor, annotations={"containerd.io/uncompressed": OTHER})
        ),
        ["annotation containerd.io/uncompressed"],
    ),
}


@pytest.mark.parametrize("name", LYING)
def test_all_lies_of_a_layer_are_found(name: str) -> None:
    lie, expected = LYING[name]
    made = with_layer(MADE, 1, lie(MADE.layers[1]))
    assert [pair for pair in found(made) if pair[0] != "manifest"] == [("layer 1", claim) for claim in expected]


def test_all_layers_are_read_whatever_the_first_says() -> None:
    made = MADE
    for number in (0, 1):
        made = with_layer(made, number, replace(made.layers[number], diff_id=OTHER))
    assert [pair for pair in found(made) if "diff ID" in pair[1]] == [("layer 0", "diff ID"), ("layer 1", "diff ID")]


def test_a_layer_that_cannot_be_opened_is_a_mismatch() -> None:
    def gone() -> io.BytesIO:
        raise BadImageError("there is nothing")

    assert found(replace(MADE, layers=(replace(MADE.layers[0], open=gone), MADE.layers[1]))) == [("layer 0", "blob")]


def test_documents_must_agree() -> None:
    assert found(replace(MADE, config_bytes=b"{}")) == [("manifest", "config digest"), ("manifest", "config size")]
    assert found(replace(MADE, layers=MADE.layers[:1])) == [
        ("manifest", "number of layers"),
        ("config", "number of diff IDs"),
        ("config", "instructions with a layer"),
    ]
    swapped = replace(MADE, layers=MADE.layers[::-1])
    assert {claim for _, claim in found(swapped)} == {"layer 0", "layer 1", "diff ID 0", "diff ID 1"}


def test_a_history_that_does_not_fit_harms_nobody() -> None:
    made = image({"/a": b"a"}, history=[{"created_by": "x"}, {"created_by": "y"}])
    (mismatch,) = validate(made, silent)
    assert str(mismatch) == "config: instructions with a layer: 2 is claimed, it is 1"
    assert not mismatch.harms
    assert Mismatch("config", "diff ID 0", "x", "y").harms


def test_an_index_must_be_about_its_images() -> None:
    arm = image({"/a": b"a"}, architecture="arm64")

    def index(**entry: object) -> ImageIndex:
        described = {"digest": arm.manifest_digest, "size": arm.descriptor.size, "mediaType": OCI_MANIFEST, **entry}
        other = {**described, "digest": OTHER}
        return ImageIndex("x", (arm,), json.dumps({"schemaVersion": 2, "manifests": [described, other]}).encode())

    assert validate(index(platform={"os": "linux", "architecture": "arm64", "variant": "v8"}), silent) == ()
    wrong = index(platform={"os": "linux", "architecture": "amd64"}, size=1, mediaType="application/x")
    assert [mismatch.claim for mismatch in claims(wrong)] == ["size", "media type", "platform"]


def test_what_is_good_is_known_the_next_time() -> None:
    layer = MADE.layers[0]
    assert not layer_cache.proven(layer.descriptor.digest, layer.diff_id)
    assert validate(MADE, silent) == ()
    assert layer_cache.proven(layer.descriptor.digest, layer.diff_id)
    assert not layer_cache.proven(layer.descriptor.digest, OTHER)
    assert layer_cache.load(layer.diff_id)


def test_a_blob_is_looked_into_while_it_is_read() -> None:
    (one,) = checked(ImageIndex("x", (MADE,))).images
    for layer, original in zip(one.layers, MADE.layers, strict=True):
        with layer.open() as file:
            assert b"".join(iter(lambda: file.read(100), b"")) == blob(original)
            assert file.read(1) == b""
    wrong = with_layer(MADE, 0, replace(MADE.layers[0], diff_id=OTHER))
    layer = checked(ImageIndex("x", (wrong,))).images[0].layers[0]
    with layer.open() as file, pytest.raises(BadImageError, match="diff ID"):
        while file.read(100):
            pass
    with layer.open() as file:
        file.read(6)


def test_what_is_proven_is_not_looked_into_again() -> None:
    validate(MADE, silent)
    (one,) = checked(ImageIndex("x", (MADE,))).images
    with one.layers[0].open() as file:
        assert isinstance(file, io.BytesIO)


def test_a_stream_without_end_ends() -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1, /) -> bytes:
            return bytes(size)

    layer = replace(MADE.layers[0], open=Endless, descriptor=Descriptor("application/x", OTHER, 5000))
    assert ("layer 0", "size") in found(with_layer(MADE, 0, layer))


@pytest.mark.parametrize(
    ("claim", "said"),
    [("diff ID", {"diff_id": OTHER}), ("size", {"size": 3}), ("media type", {"media_type": OCI_LAYER})],
)
def test_one_digest_is_one_blob(claim: str, said: dict[str, Any]) -> None:
    layer = MADE.layers[0]
    twin = (
        replace(layer, **said) if claim == "diff ID" else replace(layer, descriptor=replace(layer.descriptor, **said))
    )
    other = with_layer(image({"/a": b"a" * 3000}, architecture="arm64"), 0, twin)
    images = ImageIndex("x", (MADE, other))
    assert [(wrong.part, wrong.claim) for wrong in claims(images)] == [("linux/arm64 layer 0", claim)]


def test_what_goes_wrong_in_the_thread_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(packed: object, kind: object) -> None:
        raise MemoryError

    monkeypatch.setattr("shave.verbs.validate.decompress", fail)
    with checked(ImageIndex("x", (MADE,))).images[0].layers[0].open() as file, pytest.raises(MemoryError):
        while file.read(100):
            pass
