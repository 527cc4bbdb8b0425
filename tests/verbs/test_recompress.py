"""Other blobs, the same image: what is in them, what is said of them, and what umoci and skopeo make of them."""

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shave.compression import Compression, Packing
from shave.errors import BadImageError, CannotError
from shave.events import silent
from shave.image import Image
from shave.oci import DOCKER_CONFIG, DOCKER_LAYER, DOCKER_MANIFEST, OCI_CONFIG, OCI_LAYER, OCI_MANIFEST
from shave.reference import parse
from shave.sources import write_image
from shave.store import tree_of
from shave.testing import Whiteout, image, random_image
from shave.verbs.recompress import recompress, squash
from shave.verbs.validate import validate

MADE = image({"/a": b"a" * 30000, "/gone": b"gone"}, {"/b": b"b", "/gone": Whiteout()})
PACKINGS = (Packing("gzip", 1), Packing("gzip", 9), Packing("none", 0), Packing("zstd", 3), Packing("zstd", 19))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def docker(made: Image) -> Image:
    """The same as Docker's schema 2."""
    layers = tuple(
        replace(layer, descriptor=replace(layer.descriptor, media_type=f"{DOCKER_LAYER}.gzip")) for layer in made.layers
    )
    config = replace(made.manifest.config, media_type=DOCKER_CONFIG)
    descriptors = tuple(layer.descriptor for layer in layers)
    return replace(
        made,
        layers=layers,
        manifest=replace(made.manifest, media_type=DOCKER_MANIFEST, config=config, layers=descriptors),
    )


@pytest.mark.parametrize("packing", PACKINGS, ids=str)
def test_the_config_stays(tmp_path: Path, packing: Packing) -> None:
    made = recompress(MADE, packing, tmp_path, silent)
    assert validate(made, silent) == ()
    assert (made.config_digest, made.config_bytes) == (MADE.config_digest, MADE.config_bytes)
    suffix = "" if packing.compression == "none" else f"+{packing.compression}"
    assert {layer.descriptor.media_type for layer in made.layers} == {OCI_LAYER + suffix}
    assert made.manifest_digest != MADE.manifest_digest


@pytest.mark.parametrize(("compression", "stays"), [("gzip", True), ("none", True), ("zstd", False)])
def test_schema_2_stays_where_it_can(tmp_path: Path, compression: Compression, stays: bool) -> None:
    made = recompress(docker(MADE), Packing(compression, 3), tmp_path, silent)
    assert made.manifest.media_type == (DOCKER_MANIFEST if stays else OCI_MANIFEST)
    assert made.manifest.config.media_type == (DOCKER_CONFIG if stays else OCI_CONFIG)
    suffix = {"gzip": ".gzip", "none": "", "zstd": "+zstd"}[compression]
    assert {layer.media_type for layer in made.manifest.layers} == {(DOCKER_LAYER if stays else OCI_LAYER) + suffix}
    assert validate(made, silent) == ()


def test_a_lie_is_not_packed(tmp_path: Path) -> None:
    layer = replace(MADE.layers[0], diff_id="sha256:" + "0" * 64)
    with pytest.raises(BadImageError, match="the tar of layer 0 is not what its digest says"):
        recompress(replace(MADE, layers=(layer, MADE.layers[1])), Packing(), tmp_path, silent)
    with pytest.raises(CannotError, match="cannot be written"):
        recompress(MADE, Packing(), tmp_path / "none", silent)


def test_what_was_said_of_the_old_blob_goes(tmp_path: Path) -> None:
    annotated = replace(MADE.layers[0].descriptor, annotations={"io.containers.zstd-chunked.manifest-checksum": "x"})
    old = replace(MADE.layers[0], descriptor=annotated)
    made = replace(MADE, layers=(old,), manifest=replace(MADE.manifest, layers=(annotated,), annotations={"a": "b"}))
    new = recompress(made, Packing(), tmp_path, silent)
    assert (new.layers[0].descriptor.annotations, new.manifest.annotations) == ({}, {"a": "b"})


@given(seed=st.integers(0, 1 << 30), packing=st.sampled_from((None, *PACKINGS[::2])))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_squashed_image_shows_the_same(tmp_path_factory: pytest.TempPathFactory, seed: int, packing: Packing) -> None:
    original = random_image(seed)
    made = squash(original, packing, tmp_path_factory.mktemp("one"), silent)
    again = squash(original, packing, tmp_path_factory.mktemp("two"), silent)
    assert made.manifest_bytes == again.manifest_bytes
    assert len(made.layers) == 1
    assert validate(made, silent) == ()
    assert seen(made) == seen(original)


def seen(made: Image) -> dict[str, object]:
    """What a container sees, and which names are one file."""
    tree = tree_of(made, silent)
    names: dict[object, list[str]] = {}
    for path, node in sorted(tree.nodes.items()):
        names.setdefault(node.inode, []).append(path)
    return {
        path: (replace(node.entry, path="", offset=0), node.entry.kind == "directory" or names[node.inode])
        for path, node in tree.nodes.items()
    }


def test_history_tells_what_happened(tmp_path: Path) -> None:
    squashed = squash(MADE, None, tmp_path, silent)
    history = json.loads(squashed.config_bytes)["history"]
    assert [entry.get("empty_layer", False) for entry in history] == [True, True, False]
    assert history[2] == {"created_by": "shave copy --squash: 2 layers as one"}
    assert json.loads(squashed.config_bytes)["config"] == json.loads(MADE.config_bytes)["config"]


def test_one_layer_is_packed_as_asked(tmp_path: Path) -> None:
    one = image({"/a": b"a"})
    assert squash(one, Packing("zstd", 3), tmp_path, silent).layers[0].descriptor.media_type == f"{OCI_LAYER}+zstd"


def test_nothing_squashed_is_nothing(tmp_path: Path) -> None:
    made = squash(image(), None, tmp_path, silent)
    assert (made.layers, validate(made, silent)) == ((), ())


@pytest.mark.root
@pytest.mark.oracle
@pytest.mark.parametrize("packing", PACKINGS[1:5:2], ids=str)
def test_umoci_and_skopeo_unpack_the_same(tmp_path: Path, packing: Packing) -> None:
    (tmp_path / "work").mkdir()
    original = random_image(7)
    layout = tmp_path / "layout"
    images = {
        "original": original,
        "packed": recompress(original, packing, tmp_path / "work", silent),
        "squashed": squash(original, packing, tmp_path / "squash", silent),
    }
    for name, made in images.items():
        write_image(made, parse(f"oci:{layout}:{name}"))
        # umoci 0.4 knows no zstd: skopeo reads it first
        command = ["skopeo", "copy", "-q", "--dest-compress-format=gzip", f"oci:{layout}:{name}"]
        subprocess.run([*command, f"oci:{tmp_path}/gzip:{name}"], check=True)
        bundle = ["--image", f"{tmp_path}/gzip:{name}", str(tmp_path / f"bundle-{name}")]
        subprocess.run(["umoci", "unpack", *bundle], check=True, capture_output=True)
    listed = [listing(tmp_path / f"bundle-{name}/rootfs") for name in images]
    assert listed[0] == listed[1] == listed[2]
    assert len(listed[0].splitlines()) > 20


def listing(root: Path) -> str:
    fields = "%P %y %m %U %G %l %n %T@ %s\\n"
    about = subprocess.check_output(
        ["find", root, "-mindepth", "1", "-not", "-type", "d", "-printf", fields], text=True
    )
    hashes = "find . -type f | sort | xargs -d '\\n' sha256sum"
    return "\n".join(sorted(about.splitlines())) + subprocess.check_output(hashes, shell=True, cwd=root, text=True)
