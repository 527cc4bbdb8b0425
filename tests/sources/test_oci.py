"""Writing layouts: tags, what is there already, other writers, failures; skopeo and umoci read the result."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

from shave.errors import BadImageError, CannotError, UsageError
from shave.image import Image
from shave.reference import Reference
from shave.sources import open_image, write_image

MakeImage = Callable[..., Image]


def at(path: Path, tag: str = "") -> Reference:
    return Reference("oci", str(path), tag)


def tags(path: Path) -> list[str]:
    index = json.loads((path / "index.json").read_bytes())
    return [entry.get("annotations", {}).get("org.opencontainers.image.ref.name") for entry in index["manifests"]]


def contents(image: Image) -> tuple[object, ...]:
    layers = [(layer.descriptor, layer.diff_id, layer.open().read()) for layer in image.layers]
    return image.config_bytes, image.manifest_digest, layers


@pytest.mark.parametrize("packed", [True, False])
def test_what_is_written_is_read_back(make_image: MakeImage, tmp_path: Path, packed: bool) -> None:
    image = make_image(packed=packed)
    write_image(image, at(tmp_path / "new/layout", "1"))
    with open_image(at(tmp_path / "new/layout", "1")) as found:
        assert contents(found) == contents(image)
        assert all((layer.plain is None) == packed for layer in found.layers)


def test_a_layout_gains_and_moves_tags(make_image: MakeImage, tmp_path: Path) -> None:
    for name, tag in (("one", "a"), ("two", "b"), ("three", "a"), ("four", ""), ("five", "")):
        write_image(make_image(name=name), at(tmp_path, tag))
    assert tags(tmp_path) == ["b", "a", None]
    with open_image(at(tmp_path, "a")) as image:
        assert image.config.run.labels == {"name": "three"}


def test_what_has_no_tag_and_is_no_image_stays(make_image: MakeImage, tmp_path: Path) -> None:
    write_image(make_image(name="one"), at(tmp_path))
    index = json.loads((tmp_path / "index.json").read_bytes())
    index["manifests"].append({**index["manifests"][0], "artifactType": "application/x"})
    (tmp_path / "index.json").write_text(json.dumps(index))
    write_image(make_image(name="two"), at(tmp_path))
    entries = json.loads((tmp_path / "index.json").read_bytes())["manifests"]
    assert [entry.get("artifactType") for entry in entries] == ["application/x", None]


def test_a_layout_that_a_killed_writer_began_is_gone_on_with(make_image: MakeImage, tmp_path: Path) -> None:
    (tmp_path / "blobs/sha256").mkdir(parents=True)
    for name in (".shave-unfinished", f".{'a' * 16}.shave"):
        (tmp_path / name).touch()
    write_image(make_image(), at(tmp_path, "1"))
    assert sorted(found.name for found in tmp_path.iterdir()) == ["blobs", "index.json", "oci-layout"]


def test_the_manifest_is_copied_byte_for_byte(make_image: MakeImage, tmp_path: Path) -> None:
    image = make_image()
    odd = json.dumps({**json.loads(image.manifest_bytes), "unknown": [1]}, indent=7).encode()
    write_image(replace(image, stored_manifest=odd), at(tmp_path, "1"))
    with open_image(at(tmp_path, "1")) as found:
        assert found.manifest_bytes == odd
        changed = replace(found, manifest=replace(found.manifest, annotations={"a": "b"}))
        assert json.loads(changed.manifest_bytes)["annotations"] == {"a": "b"}


def test_unknown_fields_of_an_index_are_kept(make_image: MakeImage, tmp_path: Path) -> None:
    write_image(make_image(), at(tmp_path, "1"))
    index = json.loads((tmp_path / "index.json").read_bytes())
    index["manifests"][0]["unknown"] = {"x": [None]}
    (tmp_path / "index.json").write_text(json.dumps({**index, "subject": 7}))
    write_image(make_image(name="two"), at(tmp_path, "2"))
    index = json.loads((tmp_path / "index.json").read_bytes())
    assert (index["subject"], list(index["manifests"][0]["unknown"])) == (7, ["x"])


def test_identical_blobs_are_not_written_again_and_damaged_ones_are(make_image: MakeImage, tmp_path: Path) -> None:
    image = make_image()
    write_image(image, at(tmp_path, "1"))
    blobs = sorted((tmp_path / "blobs/sha256").iterdir())
    before = [blob.stat().st_ino for blob in blobs]
    whole = blobs[0].read_bytes()
    blobs[0].write_bytes(b"x" * len(whole))
    write_image(image, at(tmp_path, "2"))
    after = [blob.stat().st_ino for blob in blobs]
    assert (before[1:], blobs[0].read_bytes()) == (after[1:], whole)
    assert before[0] != after[0]


def test_writers_at_the_same_time(make_image: MakeImage, tmp_path: Path) -> None:
    images = {f"t{number}": make_image({"a": bytes([number]) * 9999}) for number in range(12)}
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda item: write_image(item[1], at(tmp_path / "layout", item[0])), images.items()))
    assert sorted(tags(tmp_path / "layout")) == sorted(images)
    for tag, image in images.items():
        with open_image(at(tmp_path / "layout", tag)) as found:
            assert contents(found) == contents(image)


def test_a_lying_layer_leaves_nothing(make_image: MakeImage, tmp_path: Path) -> None:
    image = make_image()
    lying = replace(image.layers[1], open=image.layers[0].open)
    with pytest.raises(BadImageError, match="layer 1 is not what its digest says"):
        write_image(replace(image, layers=(image.layers[0], lying)), at(tmp_path / "layout", "1"))
    assert list(tmp_path.iterdir()) == []
    write_image(image, at(tmp_path / "layout", "1"))
    before = sorted((tmp_path / "layout").rglob("*"))
    other = make_image({"a": b"1"}, {"b": b"2"})
    lying = replace(other.layers[1], open=other.layers[0].open)
    with pytest.raises(BadImageError):
        write_image(replace(other, layers=(other.layers[0], lying)), at(tmp_path / "layout", "2"))
    assert sorted((tmp_path / "layout").rglob("*")) == before


def test_no_layout_is_written_where_other_things_are(make_image: MakeImage, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CannotError, match="other things than an OCI layout"):
        write_image(make_image(), at(tmp_path, "1"))
    with pytest.raises(CannotError, match="cannot be written: Not a directory"):
        write_image(make_image(), at(tmp_path / "file", "1"))
    with pytest.raises(UsageError):
        write_image(make_image(), Reference("oci", str(tmp_path), "", "sha256:" + "0" * 64))
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


def test_a_hostile_layout_is_not_written_through(make_image: MakeImage, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "layout").mkdir()
    (tmp_path / "layout/oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (tmp_path / "layout/blobs").symlink_to(tmp_path / "outside")
    with pytest.raises((CannotError, BadImageError)):
        write_image(make_image(), at(tmp_path / "layout", "1"))
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_killed_writer_leaves_the_layout_as_it_was(make_image: MakeImage, tmp_path: Path) -> None:
    write_image(make_image(), at(tmp_path, "1"))
    before = sorted(tmp_path.rglob("*"))
    program = (
        "import os, sys; from shave.sources import *; from shave.reference import parse; import msgspec, io\n"
        "class Slow(io.BytesIO):\n"
        "    def read(self, n=-1): print('half', flush=True); import time; time.sleep(60)\n"
        "with open_image(parse(sys.argv[1])) as image:\n"
        "    slow = [msgspec.structs.replace(layer, descriptor=msgspec.structs.replace(layer.descriptor,"
        " digest='sha256:' + '1' * 64), open=Slow) for layer in image.layers]\n"
        "    write_image(msgspec.structs.replace(image, layers=tuple(slow)), parse(sys.argv[1].replace(':1', ':2')))"
    )
    command = [sys.executable, "-c", program, f"oci:{tmp_path}:1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout and writer.stdout.readline() == b"half\n"
        writer.send_signal(signal.SIGKILL)
    assert sorted({*tmp_path.rglob("*")} - {tmp_path / ".shave-unfinished"}) == before
    write_image(make_image(name="two"), at(tmp_path, "2"))
    assert tags(tmp_path) == ["1", "2"]


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    place = tmp_path / "full"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.root
def test_a_full_disk_leaves_nothing(make_image: MakeImage, full: Path) -> None:
    small = make_image()
    write_image(small, at(full / "layout", "1"))
    before = sorted((full / "layout").rglob("*"))
    large = make_image({"a": b"a"}, {"b": os.urandom(1 << 20)})
    with pytest.raises(CannotError, match="No space left"):
        write_image(large, at(full / "layout", "2"))
    assert sorted((full / "layout").rglob("*")) == before
    with pytest.raises(CannotError, match="No space left"):
        write_image(large, Reference("oci-archive", str(full / "a.tar")))
    assert [found.name for found in full.iterdir()] == ["layout"]


@pytest.mark.oracle
@pytest.mark.parametrize("packed", [True, False])
def test_skopeo_and_umoci_read_it(make_image: MakeImage, tmp_path: Path, packed: bool) -> None:
    image = make_image(packed=packed)
    write_image(image, at(tmp_path / "layout", "1.0"))
    raw = subprocess.check_output(["skopeo", "inspect", "--raw", f"oci:{tmp_path}/layout:1.0"])
    assert raw == image.manifest_bytes
    copy = ["skopeo", "copy", "-q", f"oci:{tmp_path}/layout:1.0", f"oci:{tmp_path}/copy:2"]
    subprocess.run(copy, check=True)
    with open_image(at(tmp_path / "copy", "2")) as copied:
        assert copied.config.rootfs == image.config.rootfs
    assert subprocess.check_output(["umoci", "ls", "--layout", tmp_path / "layout"]).split() == [b"1.0"]
    stat = ["umoci", "stat", "--json", "--image", f"{tmp_path}/layout:1.0"]
    subprocess.run(stat, check=True, stdout=subprocess.DEVNULL)
