"""Blobs that nothing names any more go; all others stay."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shave.image import Image
from shave.oci import OCI_INDEX, digest_of
from shave.reference import Reference
from shave.sources import open_image, sweeping, write_image
from shave.sources.sweeping import NOTE

MakeImage = Callable[..., Image]


def at(path: Path, tag: str) -> Reference:
    return Reference("oci", str(path), tag)


def blobs(path: Path) -> set[str]:
    return {f"sha256:{found.name}" for found in (path / "blobs/sha256").iterdir()}


def parts(*images: Image) -> set[str]:
    return {
        digest
        for image in images
        for digest in (image.manifest_digest, image.config_digest, *(layer.descriptor.digest for layer in image.layers))
    }


def put(path: Path, data: bytes) -> str:
    digest = digest_of(data)
    (path / "blobs/sha256" / digest.removeprefix("sha256:")).write_bytes(data)
    return digest


def test_what_a_moved_tag_leaves_goes(make_image: MakeImage, tmp_path: Path) -> None:
    old, new = make_image({"base": b"1"}, {"app": b"old"}), make_image({"base": b"1"}, {"app": b"new"})
    write_image(old, at(tmp_path, "1"))
    write_image(new, at(tmp_path, "1"))
    assert blobs(tmp_path) == parts(new)
    assert not (tmp_path / NOTE).exists()
    write_image(old, at(tmp_path, "2"))
    write_image(new, at(tmp_path, "2"))
    assert blobs(tmp_path) == parts(new)


def test_what_another_tag_or_an_unknown_document_names_stays(make_image: MakeImage, tmp_path: Path) -> None:
    shared, new = make_image({"a": b"1"}), make_image({"a": b"2"})
    write_image(shared, at(tmp_path, "1"))
    write_image(shared, at(tmp_path, "2"))
    signature = put(tmp_path, b"signature")
    strange = put(tmp_path, json.dumps({"blobs": [{"deep": [signature]}], "subject": shared.manifest_digest}).encode())
    inner = put(tmp_path, json.dumps({"manifests": [{"digest": strange, "mediaType": "application/x+json"}]}).encode())
    index = json.loads((tmp_path / "index.json").read_bytes())
    index["manifests"].append({"mediaType": OCI_INDEX, "digest": inner, "size": 1})
    (tmp_path / "index.json").write_text(json.dumps(index))
    write_image(new, at(tmp_path, "1"))
    write_image(new, at(tmp_path, "2"))
    assert blobs(tmp_path) == parts(shared, new) | {inner, strange, signature}


def test_blobs_of_others_stay(make_image: MakeImage, tmp_path: Path) -> None:
    write_image(make_image({"a": b"1"}), at(tmp_path, "1"))
    coming = put(tmp_path, b"of a tool that has not written its index yet")
    (tmp_path / "blobs/sha256/README").write_text("mine")
    write_image(make_image({"a": b"2"}), at(tmp_path, "1"))
    assert coming in blobs(tmp_path)
    assert (tmp_path / "blobs/sha256/README").exists()


def test_what_a_killed_writer_brought_goes_unless_it_is_wanted(make_image: MakeImage, tmp_path: Path) -> None:
    wanted, other = make_image({"a": b"1"}), make_image({"a": b"2"})
    write_image(other, at(tmp_path, "1"))
    left, used = put(tmp_path, b"left"), wanted.layers[0].descriptor.digest
    put(tmp_path, wanted.layers[0].open().read())
    (tmp_path / NOTE).write_text(f"{left}\n{used}\n{other.config_digest}\n../../etc/passwd\nsha256:")
    write_image(wanted, at(tmp_path, "2"))
    assert blobs(tmp_path) == parts(wanted, other)
    assert not (tmp_path / NOTE).exists()


def test_what_a_killed_writer_had_taken_away_goes(
    make_image: MakeImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = make_image({"a": b"1"}), make_image({"a": b"2"})
    write_image(old, at(tmp_path, "1"))
    with monkeypatch.context() as killed:
        killed.setattr(sweeping, "_sweep", lambda *arguments: os._exit(0))
        if (writer := os.fork()) == 0:
            write_image(new, at(tmp_path, "1"))
        os.waitpid(writer, 0)
    assert blobs(tmp_path) == parts(old, new)
    write_image(new, at(tmp_path, "1"))
    assert blobs(tmp_path) == parts(new)


@pytest.mark.parametrize("broken", [b"{", b'{"a":' * 9999, b" " * (4 << 20) + b"{}"])
def test_nothing_goes_where_nobody_knows_what_is_named(make_image: MakeImage, tmp_path: Path, broken: bytes) -> None:
    old, new = make_image({"a": b"1"}), make_image({"a": b"2"})
    write_image(old, at(tmp_path, "1"))
    unread: dict[str, Any] = {"mediaType": OCI_INDEX, "digest": put(tmp_path, broken), "size": len(broken)}
    index = json.loads((tmp_path / "index.json").read_bytes())
    index["manifests"].append({**unread, "annotations": {"org.opencontainers.image.ref.name": "unread"}})
    (tmp_path / "index.json").write_text(json.dumps(index))
    write_image(new, at(tmp_path, "1"))
    assert blobs(tmp_path) == parts(old, new) | {unread["digest"]}
    with open_image(at(tmp_path, "1")) as found:
        assert found.manifest_digest == new.manifest_digest


def test_documents_that_are_not_there_name_nothing(make_image: MakeImage, tmp_path: Path) -> None:
    old, new = make_image({"a": b"1"}), make_image({"a": b"2"})
    write_image(old, at(tmp_path, "1"))
    index = json.loads((tmp_path / "index.json").read_bytes())
    index["manifests"].append({"mediaType": OCI_INDEX, "digest": "sha256:" + "0" * 64, "size": 1})
    (tmp_path / "index.json").write_text(json.dumps(index))
    write_image(new, at(tmp_path, "1"))
    assert blobs(tmp_path) == parts(new)
