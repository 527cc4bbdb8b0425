"""Documents and digests of images, well formed and not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.errors import BadImageError
from shave.oci import Config, Index, Manifest, blob_path, decode, digest_of


def test_digest_and_path() -> None:
    assert digest_of(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert blob_path(digest_of(b"", "sha512")).startswith("blobs/sha512/cf83e1357eefb8bd")


@pytest.mark.parametrize(
    "digest",
    ["", "sha256:", "sha256:../../etc/passwd", "md5:" + "0" * 32, "sha256:" + "A" * 64, "sha256:" + "0" * 64 + "\n"],
)
def test_no_digest_is_no_path(digest: str) -> None:
    with pytest.raises(BadImageError):
        blob_path(digest)


def test_nulls_of_go_are_empty() -> None:
    config = decode(
        b'{"os":"linux","config":null,"rootfs":{"type":"layers","diff_ids":null},"history":null}', Config, "c"
    )
    assert (config.os, config.rootfs.diff_ids, config.history) == ("linux", (), None)
    assert decode(b'{"schemaVersion":2,"manifests":null}', Index, "i").manifests == ()


@pytest.mark.parametrize(
    "data",
    [b"", b"[", b"[]", b"\xff", b'"x"', b'{"schemaVersion":"2"}', b'{"schemaVersion":2,"config":7}', b"[" * 100_000],
)
def test_malformed_documents_are_named(data: bytes) -> None:
    with pytest.raises(BadImageError, match=r"^the manifest is malformed"):
        decode(data, Manifest, "the manifest")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: (
        st.lists(children)
        | st.dictionaries(
            st.sampled_from(["schemaVersion", "config", "layers", "digest", "size", "mediaType", "annotations"]),
            children,
        )
    ),
)


@given(JSON)
def test_any_json_is_a_manifest_or_malformed(value: object) -> None:
    try:
        decode(json.dumps(value).encode(), Manifest, "m")
    except BadImageError:
        return
