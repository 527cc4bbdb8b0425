"""``shave size`` as it is typed."""

import json
from pathlib import Path

import pytest

from cli import Shave, layout
from shave import api
from shave.image import ImageIndex
from shave.oci import digest_of
from shave.testing import image
from shave.testing.registry import registry
from shave.testing.registry.storage import Stored

BASE, APP = {"/a": b"a" * 9000}, {"/app": b"b" * 900}


def test_the_answer(shave: Shave, tmp_path: Path) -> None:
    base, app = layout(tmp_path / "base", BASE), layout(tmp_path / "app", BASE, APP)
    done = shave("size", base, app)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0].split() == ["image", "layers", "packed", "unpacked", "content", "wasted", "ratio"]
    assert [line.split()[0] for line in lines[1:3]] == [base, app]
    assert lines[2].split()[4:8] == ["9.9", "kB", "9.9", "kB"]
    assert lines[-1] == f"next: shave inspect {app}"


def test_every_format(shave: Shave, tmp_path: Path) -> None:
    app = layout(tmp_path / "app", BASE, APP)
    body = json.loads(shave("size", app, "--format", "json").out)
    assert (body["schema"], body["images"][0]["unpacked_bytes"], body["sharing"]) == ("shave.size/v1", 9900, None)
    assert shave("size", app, "--format", "markdown").out.startswith("| image | layers | packed |")
    assert shave("size", app, "--format", "html").out.startswith("<!doctype html>")


def test_links_and_what_a_node_has(shave: Shave, tmp_path: Path) -> None:
    base, app = layout(tmp_path / "base", BASE), layout(tmp_path / "app", BASE, APP)
    options = ["--link", "1Mbit/s", "--link", "10 MB/s", "--rtt", "1s", "--has", base, "--baseline", base]
    body = json.loads(shave("size", app, *options, "--format", "json").out)
    [row] = body["images"]
    assert [pull["link"]["bits_per_second"] for pull in row["pulls"]] == [10**6, 8 * 10**7]
    assert all(6 <= pull["warm_seconds"] <= pull["cold_seconds"] for pull in row["pulls"])
    assert (body["has"], body["baseline"], body["sharing"]) == ([base], base, None)
    assert 0 < row["missing_bytes"] < row["packed_bytes"] and row["ratio"] > 1
    said = " ".join(shave("size", app, *options).out.split())
    assert "assumed: 1000 ms a round trip" in said and f"on a node that has {base}" in said


def test_the_same_twice_is_one_image(shave: Shave, tmp_path: Path) -> None:
    app = layout(tmp_path / "app", BASE)
    body = json.loads(shave("size", app, app, "--format", "json").out)
    assert len(body["images"]) == 1


def test_one_bad_reference_is_named_and_nothing_is_shown(shave: Shave, tmp_path: Path) -> None:
    good = layout(tmp_path / "good", BASE)
    bad = layout(tmp_path / "bad", BASE, APP)
    for blob in (tmp_path / "bad/blobs/sha256").iterdir():
        if blob.read_bytes().startswith(b"\x1f\x8b"):
            blob.write_bytes(blob.read_bytes()[::-1])
    for reference in (bad, f"oci:{tmp_path}/none:1", "docker-archive:/none.tar"):
        done = shave("size", good, reference, good)
        assert (done.code, done.out) == (3, "")
        assert reference.rpartition(":")[0] in done.err.splitlines()[-1] or reference in done.err


def test_a_registry(shave: Shave, tmp_path: Path) -> None:
    images = ImageIndex(
        "x", tuple(image(BASE, {"/b": name.encode()}, architecture=name) for name in ("amd64", "arm64"))
    )
    with registry() as server:
        name = f"docker://{server.host}/app:1"
        api.copy(images, name)
        before = len(server.seen)
        done = shave("size", name, "--platform", "all")
        layers = {layer.descriptor.digest for each in images.images for layer in each.layers}
        assert layers.isdisjoint(line.rpartition("/")[2] for line in server.seen[before:])
        assert "–" in done.out and "--deep" in done.out
        assert f"{name} linux/arm64" in done.out
        deep = json.loads(shave("size", name, "--platform", "linux/arm64", "--deep", "--format", "json").out)
        assert [row["unpacked_bytes"] for row in deep["images"]] == [9005]


def test_schema_1_is_refused(shave: Shave) -> None:
    data = json.dumps({"schemaVersion": 1, "name": "app", "tag": "1", "fsLayers": [], "history": []}).encode()
    with registry() as server:
        held = server.repository("app")
        held.manifests[digest_of(data)] = Stored("application/vnd.docker.distribution.manifest.v1+json", data)
        held.tags["1"] = digest_of(data)
        done = shave("size", f"docker://{server.host}/app:1")
        assert (done.code, done.out) == (3, "")
        assert "schema 1" in done.err and f"docker://{server.host}/app:1" in done.err


@pytest.mark.parametrize(
    "options",
    [["--link", "1Mb"], ["--link", "0bit/s"], ["--rtt", "50"], ["--platform", "arm"], ["--baseline"]],
    ids=" ".join,
)
def test_what_cannot_be_meant(shave: Shave, tmp_path: Path, options: list[str]) -> None:
    done = shave("size", layout(tmp_path / "in", BASE), *options)
    assert (done.code, done.out) == (2, "")
