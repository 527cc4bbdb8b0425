"""Manifests, blobs and referrers as they are read, and what is not believed."""

import json

import pytest

from registry.conftest import Connected
from shave.errors import BadImageError
from shave.net import NetworkError
from shave.oci import DOCKER_MANIFEST, OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST, Descriptor, digest_of
from shave.testing import image
from shave.testing.registry import (
    ALWAYS,
    Drop,
    Header,
    IgnoreRange,
    LongBody,
    Registry,
    WrongDigest,
    WrongRange,
    registry,
)
from shave.testing.registry.storage import Stored

DATA = bytes(range(256)) * 1024
DIGEST = digest_of(DATA)
SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"
MADE = image({"/a": b"1"})


def ranges(made: Registry) -> list[str | None]:
    return [seen.headers.get("range") for seen in made.requests if seen.path.endswith(DIGEST)]


def test_a_manifest_by_tag_and_by_digest(connected: Connected) -> None:
    with registry() as made:
        digest = made.put(MADE, "app:1")
        for name in ("1", digest):
            found, data = connected(made.host).manifest(name)
            assert (found, data) == (Descriptor(OCI_MANIFEST, digest, len(data)), MADE.manifest_bytes)


def test_a_sha512_manifest(connected: Connected) -> None:
    digest = digest_of(MADE.manifest_bytes, "sha512")
    with registry() as made:
        made.repository("app").manifests[digest] = Stored(OCI_MANIFEST, MADE.manifest_bytes)
        assert connected(made.host).manifest(digest)[0].digest == digest


@pytest.mark.parametrize(
    ("kind", "document", "media_type"),
    [
        (DOCKER_MANIFEST + "; charset=utf-8", {}, DOCKER_MANIFEST),
        ("application/json", {"mediaType": DOCKER_MANIFEST}, DOCKER_MANIFEST),
        ("text/plain", {"config": {}}, OCI_MANIFEST),
        ("", {"manifests": []}, OCI_INDEX),
        (
            SCHEMA_1,
            {},
            SCHEMA_1,
        ),
    ],
)
def test_what_a_manifest_is(connected: Connected, kind: str, document: dict[str, object], media_type: str) -> None:
    with registry([Header(name="Content-Type", value=kind, path="/v2/*/manifests/*")]) as made:
        made.repository("app").manifests["sha256:1"] = Stored(OCI_MANIFEST, json.dumps(document).encode())
        made.repository("app").tags["1"] = "sha256:1"
        made.fail(Header(name="Docker-Content-Digest", path="/v2/*/manifests/*"))
        assert connected(made.host).manifest("1")[0].media_type == media_type


@pytest.mark.parametrize("claimed", ["sha256:" + "0" * 64, "md5:0", "../../x"])
def test_a_registry_that_contradicts_itself(connected: Connected, claimed: str) -> None:
    with registry([Header(name="Docker-Content-Digest", value=claimed, path="/v2/*/manifests/*")]) as made:
        made.put(MADE, "app:1")
        with pytest.raises(BadImageError, match=r"manifest 1 of 127.*(is not what|is not a sha256)"):
            connected(made.host).manifest("1")


def test_a_manifest_that_is_another(connected: Connected) -> None:
    with registry([WrongDigest(path="/v2/*/manifests/*")]) as made:
        digest = made.put(MADE, "app:1")
        with pytest.raises(BadImageError, match="is not what its digest says"):
            connected(made.host).manifest(digest)


def test_a_blob_in_one_go(connected: Connected) -> None:
    with registry() as made:
        made.repository("app").blobs[DIGEST] = DATA
        assert b"".join(connected(made.host).blob(DIGEST, len(DATA))) == DATA
        assert ranges(made) == [None]


def test_a_blob_from_where_it_broke_off(connected: Connected) -> None:
    with registry([Drop(after_bytes=100_000)]) as made:
        made.repository("app").blobs[DIGEST] = DATA
        assert b"".join(connected(made.host).blob(DIGEST, len(DATA))) == DATA
        assert ranges(made) == [None, "bytes=100000-"]


def test_a_blob_from_the_middle(connected: Connected) -> None:
    with registry() as made:
        made.repository("app").blobs[DIGEST] = DATA
        assert b"".join(connected(made.host).blob(DIGEST, len(DATA), 1000)) == DATA[1000:]
        assert ranges(made) == ["bytes=1000-"]
        assert b"".join(connected(made.host).blob(DIGEST, len(DATA), len(DATA))) == b""


def test_a_server_without_ranges_sends_it_all_again(connected: Connected) -> None:
    with registry([IgnoreRange(times=ALWAYS)]) as made:
        made.repository("app").blobs[DIGEST] = DATA
        assert b"".join(connected(made.host).blob(DIGEST, len(DATA), 100_000)) == DATA[100_000:]


def test_a_server_with_other_ranges_gives_nothing_wrong(connected: Connected) -> None:
    with registry([WrongRange(times=ALWAYS)]) as made:
        made.repository("app").blobs[DIGEST] = DATA
        with pytest.raises(NetworkError, match="sent 1000 of the 262144 bytes"):
            b"".join(connected(made.host).blob(DIGEST, len(DATA), 1000))


def test_a_server_that_skips_bytes_is_asked_again(connected: Connected) -> None:
    fault = Header(name="Content-Range", value=f"bytes 1005-{len(DATA) - 1}/{len(DATA)}", path="/v2/*/blobs/*", times=1)
    with registry([fault]) as made:
        made.repository("app").blobs[DIGEST] = DATA
        assert b"".join(connected(made.host).blob(DIGEST, len(DATA), 1000)) == DATA[1000:]
        assert ranges(made) == ["bytes=1000-", "bytes=1000-"]


def test_a_line_that_brings_nothing_is_given_up(connected: Connected) -> None:
    with registry([Drop(after_bytes=10, times=ALWAYS)]) as made:
        made.repository("app").blobs[DIGEST] = DATA
        with pytest.raises(NetworkError, match="broke off"):
            b"".join(connected(made.host).blob(DIGEST, len(DATA)))
        assert len(ranges(made)) == 3


def test_a_line_that_brings_enough_is_not(connected: Connected) -> None:
    large = DATA * 20
    with registry([Drop(after_bytes=600_000, times=7)]) as made:
        made.repository("app").blobs[DIGEST] = large
        assert b"".join(connected(made.host).blob(DIGEST, len(large))) == large
        assert len(ranges(made)) == 8


def test_never_more_than_was_said(connected: Connected) -> None:
    with registry([LongBody()]) as made:
        made.repository("app").blobs[DIGEST] = DATA
        got = bytearray()
        with pytest.raises(BadImageError, match="sends more than the 262144 bytes"):
            for chunk in connected(made.host).blob(DIGEST, len(DATA)):
                got += chunk
        assert len(got) <= len(DATA)


def test_a_blob_that_nobody_reads_to_its_end(connected: Connected) -> None:
    with registry() as made:
        made.repository("app").blobs[DIGEST] = DATA
        repository = connected(made.host)
        body = repository.blob(DIGEST, len(DATA))
        assert next(body)
        body.close()
        assert repository.has_blob(DIGEST)
        assert len(ranges(made)) == 2


def test_documents_are_verified_and_bounded(connected: Connected) -> None:
    with registry() as made:
        made.repository("app").blobs[DIGEST] = DATA
        repository = connected(made.host)
        assert repository.document(Descriptor(OCI_CONFIG, DIGEST, len(DATA)), 1 << 20, "config") == DATA
        with pytest.raises(BadImageError, match="config has 262144 bytes, more than the 1000"):
            repository.document(Descriptor(OCI_CONFIG, DIGEST, len(DATA)), 1000, "config")
        with pytest.raises(BadImageError, match="sends more than"):
            repository.document(Descriptor(OCI_CONFIG, DIGEST, len(DATA) - 1), 1 << 20, "config")
        made.fail(WrongDigest())
        with pytest.raises(BadImageError, match="config is not what its digest says"):
            repository.document(Descriptor(OCI_CONFIG, DIGEST, len(DATA)), 1 << 20, "config")
        digest = made.put(MADE, "app:1")
        with pytest.raises(BadImageError, match="its descriptor says 3"):
            repository.document(Descriptor(OCI_MANIFEST, digest, 3), 1 << 20, "manifest")


def test_a_digest_never_leads_elsewhere(connected: Connected) -> None:
    with registry() as made:
        repository = connected(made.host)
        for digest in ("../../../x", "sha256:x", "sha256:" + "0" * 64 + "/../x"):
            with pytest.raises(BadImageError, match="is not a sha256"):
                b"".join(repository.blob(digest, 3))
            with pytest.raises(BadImageError, match="is not a sha256"):
                repository.document(Descriptor(OCI_MANIFEST, digest, 3), 100, "manifest")
        assert made.seen == ["GET /v2/"]


def test_what_was_stored_is_what_was_sent(connected: Connected) -> None:
    with registry() as made:
        repository = connected(made.host)
        repository.put_manifest(b"{}", OCI_MANIFEST, "1")
        made.fail(Header(name="Docker-Content-Digest", value="sha256:" + "0" * 64, path="/v2/*/manifests/*"))
        with pytest.raises(BadImageError, match=r"as 127.* stored it, is not what its digest says"):
            repository.put_manifest(b"{}", OCI_MANIFEST, "2")


@pytest.mark.parametrize("kind", ["api", "tag"])
def test_referrers(connected: Connected, kind: str) -> None:
    with registry(referrers=kind, page=2) as made:  # type: ignore[arg-type]
        digest = made.put(MADE, "app:1")
        repository = connected(made.host)
        assert repository.referrers(digest) == ()
        subject = {"mediaType": OCI_MANIFEST, "digest": digest, "size": len(MADE.manifest_bytes)}
        empty = {"mediaType": OCI_CONFIG, "digest": digest_of(b"{}"), "size": 2}
        made.repository("app").blobs[digest_of(b"{}")] = b"{}"
        wanted = []
        for number in range(5):
            layer = {**empty, "mediaType": OCI_LAYER}
            document = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": empty, "layers": [layer]}
            data = json.dumps({**document, "subject": subject, "annotations": {"n": str(number)}}).encode()
            repository.put_manifest(data, OCI_MANIFEST, digest_of(data))
            wanted.append({"mediaType": OCI_MANIFEST, "digest": digest_of(data), "size": len(data)})
        if kind == "tag":
            index = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": wanted}).encode()
            repository.put_manifest(index, OCI_INDEX, digest.replace(":", "-"))
        found = repository.referrers(digest)
        assert sorted(one.digest for one in found) == sorted(str(one["digest"]) for one in wanted)
