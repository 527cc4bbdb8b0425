"""A stage as an image: its layers, its config, its bytes."""

import json
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from shave.assembly import Assembled, assembled, configured
from shave.compression import GZIP
from shave.events import silent
from shave.image import Image
from shave.oci import Platform
from shave.reference import parse
from shave.sources import write_image
from shave.spec import ImageOptions
from shave.stage import LayerName, Made, Stage, made
from shave.store import tree_of
from shave.tree import Entry

SECOND = 1_000_000_000
DIRECTORY = Entry("tmp", "directory", 0o1777), b""
AMD64 = Platform("amd64", "linux")
OPTIONS = ImageOptions(
    entrypoint=("/bin/server",),
    cmd=("--port", "80"),
    env={"PATH": "/bin", "A": "b=c"},
    user="web",
    workdir="/srv",
    ports=("80", "53/udp"),
    volumes=("/data",),
    stop_signal="SIGINT",
    labels={"b": "2", "a": "1"},
)


def file(path: str, body: bytes, mtime: int = 0) -> Made:
    return Entry(path, "file", 0o640, 3, 4, mtime * SECOND, len(body)), body


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    strata: tuple[tuple[str, LayerName, tuple[Made, ...]], ...] = (
        (
            "dpkg:a",
            "system",
            ((Entry("tmp", "directory", 0o1777), b""), file("etc/conf", b"package", 5), file("bin/a", b"a")),
        ),
        ("copy:.", "application", (file("srv/page", b"page", 99), file("etc/conf", b"mine"))),
        ("python:b", "packages", (file("lib/b", b"b"), (Entry("lib/c", "hardlink", link="lib/b"), b""))),
    )
    return Stage(tuple(made(unit, layer, members, tmp_path / unit) for unit, layer, members in strata))


def build(stage: Stage, directory: Path, flatten: bool = False) -> Assembled:
    directory.mkdir()
    config = configured(OPTIONS, AMD64)
    return assembled(stage, config, {"title": "x"}, 50 * SECOND, directory, GZIP, silent, flatten=flatten)


def test_a_layer_for_each_origin(stage: Stage, tmp_path: Path) -> None:
    found = build(stage, tmp_path / "out")
    assert found.names == ("system", "packages", "application")
    trees = [tree_of(alone(found.image, number), silent).nodes.keys() - {""} for number in range(3)]
    assert trees[0] == {"tmp", "etc", "bin", "bin/a"}
    assert trees[1] == {"lib", "lib/b", "lib/c"}
    assert trees[2] == {"srv", "srv/page", "etc", "etc/conf"}


def alone(image: Image, number: int) -> Image:
    layer = image.layers[number]
    rootfs = replace(image.config.rootfs, diff_ids=(layer.diff_id,))
    return replace(image, layers=(layer,), config=replace(image.config, rootfs=rootfs))


def test_the_tree_is_the_stage_with_no_later_time(stage: Stage, tmp_path: Path) -> None:
    tree = tree_of(build(stage, tmp_path / "out").image, silent)
    assert list(tree.nodes) == list(stage.tree.nodes)
    page, conf = tree.nodes["srv/page"].entry, tree.nodes["tmp"].entry
    assert (page.mtime, page.mode, page.uid, page.gid) == (50 * SECOND, 0o640, 3, 4)
    assert conf.mode == 0o1777
    assert tree.nodes["lib/c"].inode == tree.nodes["lib/b"].inode


def test_flattened_it_is_one_layer(stage: Stage, tmp_path: Path) -> None:
    found = build(stage, tmp_path / "out", flatten=True)
    assert found.names == ("all",) and len(found.image.layers) == 1
    assert list(tree_of(found.image, silent).nodes) == list(stage.tree.nodes)


def test_the_same_bytes_in_another_place(stage: Stage, tmp_path: Path) -> None:
    one, two = (build(stage, tmp_path / name).image for name in ("one", "two"))
    assert one.manifest_digest == two.manifest_digest


@pytest.mark.oracle
def test_how_it_starts(stage: Stage, tmp_path: Path) -> None:
    write_image(build(stage, tmp_path / "out").image, parse(f"oci:{tmp_path}/layout:x"))
    said = subprocess.check_output(["skopeo", "inspect", "--config", f"oci:{tmp_path}/layout:x"])
    config = json.loads(said)
    assert config["created"] == "1970-01-01T00:00:50Z" and config["architecture"] == "amd64"
    assert config["config"] == {
        "User": "web",
        "ExposedPorts": {"53/udp": {}, "80/tcp": {}},
        "Env": ["A=b=c", "PATH=/bin"],
        "Entrypoint": ["/bin/server"],
        "Cmd": ["--port", "80"],
        "Volumes": {"/data": {}},
        "WorkingDir": "/srv",
        "Labels": {"a": "1", "b": "2"},
        "StopSignal": "SIGINT",
    }


def test_nothing_at_all(tmp_path: Path) -> None:
    found = assembled(Stage(), configured(ImageOptions(), AMD64), {}, 0, tmp_path, GZIP, silent)
    assert found.names == () and found.image.layers == ()
