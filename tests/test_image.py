"""Indexes of several images: the source's bytes while they say the same, made anew where they do not."""

import json
from typing import Any

from msgspec.structs import replace

from shave.image import Image, ImageIndex
from shave.oci import DOCKER_INDEX, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from shave.testing import image


def one(architecture: str) -> Image:
    return image({"/a": architecture.encode()}, architecture=architecture)


def docker(made: Image) -> Image:
    return replace(made, manifest=replace(made.manifest, media_type=DOCKER_MANIFEST))


def stored(*images: Image, more: tuple[dict[str, Any], ...] = (), **fields: Any) -> bytes:
    entries = [
        {
            "digest": made.manifest_digest,
            "size": len(made.manifest_bytes),
            "mediaType": OCI_MANIFEST,
            "platform": {"os": "linux", "architecture": made.config.architecture, "os.version": "7"},
        }
        for made in images
    ]
    document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [*entries, *more], **fields}
    return json.dumps(document, indent=3).encode()


def test_an_image_alone_needs_no_index() -> None:
    made = one("amd64")
    images = ImageIndex("x", (made,))
    assert (images.alone, images.descriptor) == (made, made.descriptor)
    assert str(made.descriptor.platform) == "linux/amd64"
    assert ImageIndex("x", (made,), stored(made)).alone is None


def test_an_index_that_says_the_same_is_kept_byte_for_byte() -> None:
    amd64, arm64 = one("amd64"), one("arm64")
    data = stored(amd64, arm64, annotations={"a": "b"})
    images = ImageIndex("x", (amd64, arm64), data)
    assert images.index_bytes == data
    assert (images.descriptor.media_type, images.descriptor.size) == (OCI_INDEX, len(data))


def test_what_was_said_of_an_image_that_stays_is_kept() -> None:
    amd64, arm64, other = one("amd64"), one("arm64"), one("riscv64")
    attestation = {"digest": "sha256:" + "0" * 64, "size": 1, "mediaType": OCI_MANIFEST}
    images = ImageIndex("x", (amd64, other), stored(amd64, arm64, more=(attestation,), annotations={"a": "b"}))
    index = json.loads(images.index_bytes)
    assert [entry["digest"] for entry in index["manifests"]] == [amd64.manifest_digest, other.manifest_digest]
    assert [entry["platform"].get("os.version") for entry in index["manifests"]] == ["7", None]
    assert index["annotations"] == {"a": "b"}


def test_docker_manifests_are_listed_by_docker() -> None:
    amd64, arm64 = (docker(one(architecture)) for architecture in ("amd64", "arm64"))
    assert json.loads(ImageIndex("x", (amd64, arm64)).index_bytes)["mediaType"] == DOCKER_INDEX
    assert json.loads(ImageIndex("x", (amd64, one("arm64"))).index_bytes)["mediaType"] == OCI_INDEX
