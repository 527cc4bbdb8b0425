"""What images cost, by definition and by other programs; what is read to know it."""

import gzip
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from shave import api, sources
from shave.catalog import interest
from shave.events import silent
from shave.image import Image
from shave.reference import parse
from shave.survey import survey
from shave.testing import File, Hardlink, Opaque, Symlink, Whiteout, image, layer_tar, random_image
from shave.testing.registry import Registry, registry
from shave.verbs.pull import Link, seconds
from shave.verbs.size import Reading, Weight, size, weigh
from shave.waste.lost import wasted

SHALLOW, DEEP, EXACT = Reading(), Reading(deep=True), Reading(exact=True)
BASE = {"/a": b"1" * 10, "/b": Hardlink("/a"), "/gone": b"2" * 100}
MADE = image(BASE, {"/gone": Whiteout(), "/a": b"3" * 7})


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def server() -> Iterator[Registry]:
    with registry() as made:
        yield made


def weighed(made: Image, reading: Reading = SHALLOW) -> Weight:
    return weigh(made, reading, silent)


def weighed_at(reference: str, reading: Reading = SHALLOW) -> list[Weight]:
    with sources.open_images(parse(reference)) as images:
        return [weigh(each, reading, silent) for each in images.images]


def test_by_definition() -> None:
    [row] = size([weighed(MADE)]).images
    assert (row.layers, row.unpacked_bytes, row.content_bytes, row.wasted_bytes) == (2, 117, 17, 100)
    assert (row.packed_bytes, row.packed_estimated) == (sum(layer.size for layer in MADE.manifest.layers), False)
    assert (row.platform, row.digest, row.ratio) == ("linux/amd64", MADE.manifest_digest, 1)


@pytest.mark.parametrize("seed", range(8))
def test_waste_is_what_the_detectors_find(seed: int) -> None:
    made = random_image(seed)
    assert size([weighed(made)]).images[0].wasted_bytes == wasted(survey(made, interest(), silent)).unpacked_bytes


def test_a_layer_that_is_listed_twice_is_packed_once() -> None:
    once, twice = image({"/a": b"a" * 500}), image({"/a": b"a" * 500}, {"/a": b"a" * 500})
    one, two = size([weighed(once), weighed(twice)]).images
    assert one.packed_bytes == two.packed_bytes
    assert (two.layers, two.unpacked_bytes, two.wasted_bytes) == (2, 1000, 500)


def test_a_registry_is_asked_for_no_layer(server: Registry) -> None:
    server.put(MADE, "app:1")
    [weight] = weighed_at(f"docker://{server.host}/app:1")
    assert (weight.packed_bytes, weight.disk) == (weighed(MADE).packed_bytes, None)
    blobs = [line.rpartition("/")[2] for line in server.seen if "/blobs/" in line]
    assert blobs == [MADE.config_digest]
    [deep] = weighed_at(f"docker://{server.host}/app:1", DEEP)
    assert deep.disk == weighed(MADE).disk


def test_all_platforms_by_their_manifests_alone(server: Registry) -> None:
    made = [image({"/a": os.urandom(size)}, architecture=name) for name, size in (("amd64", 9000), ("arm64", 3000))]
    server.put_index(made, "app:1")
    server.put(image({"/a": os.urandom(6000)}, architecture="arm64"), "base:1")
    weights, base = (weighed_at(f"docker://{server.host}/{name}") for name in ("app:1", "base:1"))
    layers = {layer.descriptor.digest for each in made for layer in each.layers}
    assert layers.isdisjoint(line.rpartition("/")[2] for line in server.seen)
    assert [row.platform for row in size(weights).images] == ["linux/amd64", "linux/arm64"]
    assert [row.ratio for row in size(weights).images] == [1, 1]
    amd, arm = size(weights, base).images
    assert amd.ratio is not None and arm.ratio is not None
    assert amd.ratio > 1 > arm.ratio > 0.5
    assert amd.unpacked_bytes is None


def test_what_the_source_has_uncompressed_is_estimated_or_packed() -> None:
    words = Random(1).choices(b"the quick brown fox jumps over a lazy dog and looks for another".split(), k=90_000)
    plain = {"/text": b" ".join(words), "/noise": os.urandom(30_000)}
    made = image(plain, {"/other": b"x"}, compression="none")
    about, exact = weighed(made), weighed(made, EXACT)
    assert (about.estimated, exact.estimated) == (True, False)
    expected = sum(len(gzip.compress(layer_tar(layer), 6)) for layer in (plain, {"/other": b"x"}))
    assert abs(exact.packed_bytes / expected - 1) < 0.02
    assert abs(about.packed_bytes / expected - 1) < 0.1


def test_exact_is_what_a_copy_makes() -> None:
    made = image({"/text": b"the quick brown fox " * 9000}, {"/noise": os.urandom(3000)}, compression="none")
    with registry() as server:
        api.copy(made, f"docker://{server.host}/app:1")
        [copied] = weighed_at(f"docker://{server.host}/app:1")
    assert [blob.packed_bytes for blob in weighed(made, EXACT).layers] == [blob.packed_bytes for blob in copied.layers]


def test_what_images_share() -> None:
    base, app = image(BASE), image(BASE, {"/app": b"app"})
    found = size([weighed(base), weighed(app)]).sharing
    assert found and found.identity == "digest"
    lower, upper = (layer.size for layer in app.manifest.layers)
    assert (found.stored_bytes, found.separate_bytes) == (lower + upper, 2 * lower + upper)
    assert [one.pull_bytes for one in found.images] == [(0, 0), (upper, 0)]
    assert size([weighed(base)]).sharing is None


def test_without_blobs_the_tars_are_compared() -> None:
    base, app = image(BASE, compression="none"), image(BASE, {"/app": b"app"}, compression="zstd")
    found = size([weighed(base), weighed(app)]).sharing
    assert found and (found.identity, found.estimated) == ("diff ID", True)
    assert [one.pull_bytes for one in found.images] == [(0, 0), (weighed(app).layers[1].packed_bytes, 0)]
    two = size([weighed(image(BASE)), weighed(app)]).sharing
    assert two and two.identity == "digest" and two.images[0].shared_bytes == 0


def test_pulls() -> None:
    base, app = weighed(image(BASE)), weighed(image(BASE, {"/app": b"app"}))
    links = [Link(10**6, 0.05), Link(10**9, 0)]
    [row] = size([app], has=[base], links=links).images
    upper = app.layers[1].packed_bytes
    assert row.missing_bytes == upper
    assert [pull.link for pull in row.pulls] == links
    for pull, link in zip(row.pulls, links, strict=True):
        every = [blob.packed_bytes for blob in app.layers]
        assert pull.cold_seconds == round(seconds(every, app.document_bytes, link), 3)
        assert pull.warm_seconds == round(seconds([upper], app.document_bytes, link), 3)
    [cold] = size([app], links=links[:1]).images
    assert (cold.missing_bytes, cold.pulls[0].warm_seconds) == (None, None)
    assert size([app]).model is None


def test_an_image_without_layers() -> None:
    empty = weighed(image())
    [row] = size([empty], links=[Link(1, 0)]).images
    assert (row.packed_bytes, row.unpacked_bytes, row.ratio) == (0, 0, None)


@pytest.mark.engine
def test_docker_says_the_same() -> None:
    name = "shave-test/size:1"
    links = {"/link": Symlink("a"), "/broken": Symlink("/nowhere/at/all")}
    made = image(BASE, {"/gone": Whiteout(), "/a": b"3" * 7, **links})
    try:
        sources.write_image(made, parse(f"docker-daemon:{name}"))
        [weight] = weighed_at(f"docker-daemon:{name}")
        inspected = subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=True).stdout
        targets = len("a") + len("/nowhere/at/all")
        assert weight.disk and weight.disk.unpacked_bytes + targets == json.loads(inspected)[0]["Size"]
    finally:
        subprocess.run(["docker", "rmi", name], capture_output=True, check=False)


@pytest.mark.oracle
def test_skopeo_and_umoci_say_the_same(tmp_path: Path) -> None:
    noise = {f"/usr/lib/{number}": File(os.urandom(7000 + number)) for number in range(40)}
    upper = {"/usr/lib/1": b"new", "/usr/lib/2": Whiteout(), "/opt/linked": Hardlink("/usr/lib/1"), "/etc": Opaque()}
    made = image({**noise, "/etc/gone": b"gone"}, upper)
    sources.write_image(made, parse(f"oci:{tmp_path}/layout:1"))
    [weight] = weighed_at(f"oci:{tmp_path}/layout:1")
    inspect = ["skopeo", "inspect", "--raw", f"oci:{tmp_path}/layout:1"]
    data = json.loads(subprocess.run(inspect, capture_output=True, check=True).stdout)["layers"]
    assert [(each["digest"], each["size"]) for each in data] == [(b.digest, b.packed_bytes) for b in weight.layers]
    unpack = ["umoci", "unpack", "--rootless", "--image", f"{tmp_path}/layout:1", f"{tmp_path}/bundle"]
    subprocess.run(unpack, capture_output=True, check=True)
    files = (path.lstat() for path in (tmp_path / "bundle/rootfs").rglob("*") if path.is_file())
    inodes = {each.st_ino: each.st_size for each in files}
    assert weight.disk and weight.disk.content_bytes == sum(inodes.values())
    assert weight.disk.wasted_bytes == 7001 + 7002 + len(b"gone")
