"""Which image of a layout is meant, and what is not believed of it."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.errors import BadImageError, CannotError, ShaveError
from shave.oci import DOCKER_MANIFEST, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, Platform
from shave.reference import Reference
from shave.sources import open_image

HandMade = Any
TAG = "org.opencontainers.image.ref.name"
ARM, AMD = {"os": "linux", "architecture": "arm64"}, {"os": "linux", "architecture": "amd64"}


def architecture(layout: HandMade, tag: str = "", digest: str = "", platform: Platform | None = None) -> str:
    with open_image(Reference("oci", str(layout.path), tag, digest), platform) as image:
        return image.config.architecture


def refusal(layout: HandMade, tag: str = "", digest: str = "", platform: Platform | None = None) -> str:
    with pytest.raises(ShaveError) as caught:
        architecture(layout, tag, digest, platform)
    assert caught.value.exit_code == 3
    return f"{caught.value} ({caught.value.hint})"


def test_the_only_image_is_meant_whatever_its_platform(layout: HandMade) -> None:
    layout.index(layout.image("s390x"))
    assert architecture(layout) == "s390x"
    assert "it has: linux/s390x" in refusal(layout, platform=Platform("amd64", "linux"))


def test_tags(layout: HandMade) -> None:
    one = layout.image("amd64", annotations={TAG: "one"})
    layout.index(one, layout.image("arm64", annotations={TAG: "two:2"}))
    assert architecture(layout, "two:2") == "arm64"
    assert architecture(layout, digest=one["digest"]) == "amd64"
    assert "choose one of: one, two:2" in refusal(layout)
    assert "has: one, two:2" in refusal(layout, "three")
    assert "is not there" in refusal(layout, digest="sha256:" + "0" * 64)


def test_one_image_under_two_tags_needs_no_choice(layout: HandMade) -> None:
    layout.index(layout.image(annotations={TAG: "one"}), layout.image(annotations={TAG: "two"}))
    assert architecture(layout) == "amd64"


def test_platforms_of_a_nested_index(layout: HandMade) -> None:
    attestation = layout.image(
        "unknown",
        platform={"os": "unknown", "architecture": "unknown"},
        annotations={"vnd.docker.reference.type": "attestation-manifest"},
    )
    arm = layout.image("arm64", platform=ARM)
    inner = {"schemaVersion": 2, "manifests": [attestation, arm, layout.image("amd64", platform=AMD)]}
    layout.index(layout.document(inner, OCI_INDEX, annotations={TAG: "app"}))
    assert architecture(layout, platform=Platform("arm64", "linux")) == "arm64"
    assert architecture(layout, "app", platform=Platform("amd64", "linux")) == "amd64"
    assert architecture(layout, digest=arm["digest"]) == "arm64"
    assert "it has: linux/amd64, linux/arm64" in refusal(layout, platform=Platform("386", "linux"))
    assert "is not there" in refusal(layout, digest=attestation["digest"])


def test_an_entry_without_platform_is_asked_for_its_config(layout: HandMade) -> None:
    layout.index(layout.image("arm64"), layout.image("amd64"))
    assert architecture(layout, platform=Platform("arm64", "linux")) == "arm64"


def test_an_index_that_holds_itself_ends(layout: HandMade) -> None:
    entry = layout.image()
    for _ in range(6):
        entry = layout.document({"schemaVersion": 2, "manifests": [entry, entry]}, OCI_INDEX)
    layout.index(entry)
    assert "nested more than" in refusal(layout)


def test_layers_lie_in_place(layout: HandMade) -> None:
    layout.index(layout.image())
    with open_image(Reference("oci", str(layout.path))) as image:
        (layer,) = image.layers
        assert layer.plain is not None
        path, start = layer.plain
        assert path.read_bytes()[start:] == layer.open().read()
        assert image.manifest_digest in {f"sha256:{blob.name}" for blob in (layout.path / "blobs/sha256").iterdir()}


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ({"size": 1}, "layer 0 .* has 10240 bytes, its descriptor says 1"),
        ({"size": -1}, "has 10240 bytes"),
        ({"digest": "sha256:" + "0" * 64}, "layer 0 .* is missing"),
        ({"digest": "sha256:../../../etc/passwd"}, "is not a sha256 or sha512 digest"),
        ({"urls": ["https://example.org/layer"]}, "foreign layer"),
        ({"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"}, "foreign layer"),
        ({"size": "1"}, "manifest .* is malformed"),
    ],
)
def test_lying_layers(layout: HandMade, layer: dict[str, Any], words: str) -> None:
    layout.index(layout.image(layer=layer))
    with pytest.raises(BadImageError, match=words):
        architecture(layout)


def test_lying_digests_and_sizes(layout: HandMade) -> None:
    entry = layout.image()
    layout.index({**entry, "size": entry["size"] + 1})
    assert "its descriptor says" in refusal(layout)
    blob = layout.path / "blobs/sha256" / entry["digest"].partition(":")[2]
    blob.write_bytes(blob.read_bytes().replace(b"2", b"3", 1))
    layout.index(entry)
    assert "is not what its digest says" in refusal(layout)


@pytest.mark.parametrize(
    ("document", "media_type", "words"),
    [
        ({"schemaVersion": 1, "fsLayers": []}, OCI_MANIFEST, "schema 1"),
        ({"schemaVersion": 1}, "application/vnd.docker.distribution.manifest.v1+prettyjws", "schema 1"),
        ({"schemaVersion": 2, "manifests": [], "config": {}, "layers": []}, OCI_MANIFEST, "is not an image manifest"),
        ({"schemaVersion": 2, "layers": []}, OCI_INDEX, "is not an index"),
        ({"schemaVersion": 2, "config": {}, "layers": [], "mediaType": DOCKER_MANIFEST}, OCI_MANIFEST, "calls itself"),
    ],
)
def test_documents_of_another_kind(layout: HandMade, document: Any, media_type: str, words: str) -> None:
    layout.index(layout.document(document, media_type))
    assert words in refusal(layout)


def test_configs_of_another_kind(layout: HandMade) -> None:
    helm = layout.document({}, "application/vnd.cncf.helm.config.v1+json")
    layout.index(layout.document({"schemaVersion": 2, "config": helm, "layers": []}, OCI_MANIFEST))
    assert "is no container image" in refusal(layout)
    config = layout.document({"rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}}, OCI_CONFIG)
    layout.index(layout.document({"schemaVersion": 2, "config": config, "layers": []}, OCI_MANIFEST))
    assert "names 1 layers, the manifest 0" in refusal(layout)


def test_documents_that_are_too_large(layout: HandMade) -> None:
    layout.index({**layout.image(), "annotations": {"x": "y" * (5 << 20)}})
    assert "more than the 4194304 that are allowed" in refusal(layout)


def test_no_layout(tmp_path: Path, layout: HandMade) -> None:
    with pytest.raises(CannotError, match="no OCI layout"), open_image(Reference("oci", str(tmp_path / "none"))):
        pass
    layout.index(layout.image())
    (layout.path / "oci-layout").write_text('{"imageLayoutVersion": "9.0.0"}')
    assert "unknown version" in refusal(layout)


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["manifests", "schemaVersion", "digest", "size", "mediaType"]), inner)
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_index_is_read_or_refused(value: Any) -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        Path(directory, "index.json").write_text(json.dumps(value))
        with pytest.raises(ShaveError), open_image(Reference("oci", directory)):
            pass
