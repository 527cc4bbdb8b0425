"""Images built from some of another's paths: the same tree, restricted; the same bytes, where nothing went."""

import json
import random
import tarfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from layerings import BIG, MEMBERS, NAMES, fresh, readable, view
from shave.compression import decompress
from shave.errors import CannotError
from shave.events import silent
from shave.image import Image
from shave.layering import build
from shave.oci import BASE_NAME, digest_of
from shave.store import Unpacked, tree_of, unpack
from shave.testing import Directory, File, Hardlink, Member, Whiteout, image, random_image
from shave.tree import parents


@pytest.fixture(autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def built(made: Image | Unpacked, keep: Collection[str], tmp_path: Path, flatten: bool = False, **notes: str) -> Image:
    unpacked = made if isinstance(made, Unpacked) else unpack(made, fresh(tmp_path), silent)
    return build(unpacked, keep, fresh(tmp_path), flatten=flatten, annotations=notes, sink=silent)


def closed(keep: Collection[str]) -> set[str]:
    return {*keep, *(parent for path in keep for parent in parents(path))} - {""}


def paths(result: Image) -> list[list[str]]:
    """The members of each layer as tarfile reads them from the blob."""
    found = []
    for layer in result.layers:
        with layer.open() as blob, tarfile.open(fileobj=blob) as archive:
            found.append(archive.getnames())
    return found


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    layers=st.lists(st.dictionaries(NAMES, MEMBERS, max_size=6), min_size=1, max_size=4),
    data=st.data(),
    flatten=st.booleans(),
)
def test_the_tree_is_the_original_restricted(
    layers: list[dict[str, Member]], data: st.DataObject, flatten: bool, tmp_path: Path
) -> None:
    original = unpack(image(*readable(layers)), fresh(tmp_path), silent)
    keep = data.draw(st.sets(st.sampled_from(sorted(original.tree.nodes))))
    result = unpack(built(original, keep, tmp_path, flatten), fresh(tmp_path), silent)
    assert set(result.tree.nodes) - {""} == closed(keep)
    assert view(result.tree, closed(keep)) == view(original.tree, closed(keep))
    assert len(result.layers) <= (1 if flatten else len(original.layers))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("flatten", [False, True])
def test_same_input_same_bytes(seed: int, flatten: bool, tmp_path: Path) -> None:
    original = unpack(random_image(seed), fresh(tmp_path), silent)
    keep = random.Random(seed).sample(sorted(original.tree.nodes), len(original.tree) // 2)
    first = built(original, keep, tmp_path, flatten)
    second = built(unpack(random_image(seed), fresh(tmp_path), silent), set(keep), tmp_path, flatten)
    assert (first.manifest, first.config_bytes) == (second.manifest, second.config_bytes)


def test_nothing_went(tmp_path: Path) -> None:
    made = image({"a": BIG, "d/": Directory(), "d/x": BIG}, {"b": b"tiny", "d/": Directory(0o700)})
    result = built(made, ["a", "b", "d/x"], tmp_path)
    assert result.layers[0].descriptor == made.layers[0].descriptor
    assert result.config_bytes == made.config_bytes
    assert result.config_digest == made.config_digest
    assert result.manifest.layers == made.manifest.layers


@pytest.mark.parametrize("compression", ["zstd", "none"])
def test_whole_layers_of_other_compressions(compression: Any, tmp_path: Path) -> None:
    made = image({"a": BIG}, compression=compression)
    result = built(made, ["a"], tmp_path)
    assert result.config.rootfs == made.config.rootfs
    suffix = "gzip" if compression == "none" else compression
    assert result.layers[0].descriptor.media_type.endswith(f"tar+{suffix}")
    assert unpack(result, fresh(tmp_path), silent).read("a") == BIG


def test_each_path_stays_in_its_layer(tmp_path: Path) -> None:
    made = image(
        {"d/": Directory(0o700), "d/x": BIG, "d/y": BIG},
        {"e": BIG, "d/y": BIG[1:], "gone": b""},
        {"d/z": BIG, "more": b""},
    )
    result = built(made, ["d/x", "d/y", "e", "d/z"], tmp_path)
    assert paths(result) == [["d", "d/x"], ["d", "d/y", "e"], ["d", "d/z"]]
    assert [layer.descriptor.media_type for layer in result.layers] == [
        "application/vnd.oci.image.layer.v1.tar+gzip"
    ] * 3


def test_a_layer_with_whiteouts_stays_whole(tmp_path: Path) -> None:
    made = image({"a": BIG, "b": BIG}, {"b": Whiteout(), "c": BIG})
    result = built(made, ["a", "c"], tmp_path)
    assert paths(result)[0] == ["a"]
    assert result.layers[1].descriptor == made.layers[1].descriptor


def test_a_whiteout_below_a_lower_hard_link_is_not_kept(tmp_path: Path) -> None:
    made = image({"a": BIG, "b": b""}, {"b": Whiteout(), "c": BIG}, {"b": Hardlink("a")})
    result = built(made, ["a", "b", "c"], tmp_path)
    assert unpack(result, fresh(tmp_path), silent).read("b") == BIG


def test_hard_links_are_promoted(tmp_path: Path) -> None:
    made = image({"a": BIG, "b": Hardlink("a"), "c": Hardlink("a")})
    result = unpack(built(made, ["b", "c"], tmp_path), fresh(tmp_path), silent)
    assert result.tree.inodes == {(0, "b"): ("b", "c")}
    assert result.read("c") == BIG


def test_tiny_layers_join_a_neighbour(tmp_path: Path) -> None:
    made = image({"a": BIG, "x": b""}, {"b": b"tiny", "x": b""}, {"c": BIG, "x": b""}, {"d": BIG, "x": b""}, {"x": BIG})
    assert paths(built(made, ["a", "b", "c", "d"], tmp_path)) == [["a", "b"], ["c"], ["d"]]
    assert paths(built(made, ["b", "d"], tmp_path)) == [["b", "d"]]
    assert paths(built(made, ["b"], tmp_path)) == [["b"]]


def test_history_and_layers_agree(tmp_path: Path) -> None:
    history = [
        {"created_by": "a"},
        {"created_by": "ENV", "empty_layer": True},
        {"created_by": "b"},
        {"created_by": "c"},
    ]
    made = image({"a": BIG, "x": b""}, {"b": b"tiny", "y": b""}, {"c": BIG, "z": b""}, history=history)
    for keep, flatten, empty in (
        (["a", "b", "c"], False, [True, True, False, False]),
        (["a", "c"], False, [False, True, True, False]),
        (["a", "b", "c"], True, [True, True, True, False]),
        ([], False, [True, True, True, True]),
    ):
        result = built(made, keep, tmp_path, flatten)
        read = json.loads(result.config_bytes)
        assert [entry.get("empty_layer", False) for entry in read["history"]] == empty
        assert empty.count(False) == len(result.layers) == len(read["rootfs"]["diff_ids"])


def test_the_root_is_written_if_a_layer_describes_it(tmp_path: Path) -> None:
    made = image({"./": Directory(0o711), "a": b"", "b": b""})
    assert paths(built(made, ["a"], tmp_path)) == [[".", "a"]]
    assert paths(built(image({"a": b"", "b": b""}), ["", "a"], tmp_path)) == [["a"]]


def test_the_root_stays_as_it_is_where_its_layer_goes(tmp_path: Path) -> None:
    made = image({"a": BIG}, {"./": Directory(0o700, 1, 2, 3), "b": BIG}, {"c": BIG})
    result = tree_of(built(made, ["a", "c"], tmp_path), silent)
    assert view(result, [""]) == view(tree_of(made, silent), [""])


def test_annotations_and_descriptors(tmp_path: Path) -> None:
    made = random_image(3)
    made = replace(made, manifest=replace(made.manifest, annotations={"own": "1"}))
    result = built(made, list(tree_of(made, silent).nodes), tmp_path, **{BASE_NAME: "x"})
    assert result.manifest.annotations == {"own": "1", BASE_NAME: "x"}
    assert result.manifest.config.digest == digest_of(result.config_bytes)
    assert result.manifest.layers == tuple(layer.descriptor for layer in result.layers)


def test_plain_tars_are_at_hand(tmp_path: Path) -> None:
    result = built(image({"a": BIG, "b": BIG}), ["a"], tmp_path)
    (layer,) = result.layers
    assert layer.plain
    with layer.open() as blob:
        assert layer.plain[0].read_bytes() == b"".join(decompress([blob.read()], "gzip"))


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        built(image({"a": b""}), ["b"], tmp_path)


def test_an_unpacked_layer_that_is_cut_off(tmp_path: Path) -> None:
    unpacked = unpack(image({"a": BIG, "b": b""}), fresh(tmp_path), silent)
    unpacked.layers[0].path.write_bytes(b"")
    with pytest.raises(CannotError, match="cut off"):
        built(unpacked, ["a"], tmp_path)


def test_replaced_bodies_keep_all_else_of_their_entries(tmp_path: Path) -> None:
    status = File(b"old and long", 0o640, 7, 8, 9, {"user.a": b"b"})
    made = image({"d/status": status, "d/other": Hardlink("d/status"), "e": BIG}, {"f": BIG})
    original = unpack(made, fresh(tmp_path), silent)
    keep, replaced = ["d/status", "d/other", "e", "f"], {"d/status": b"new"}

    def again() -> Image:
        place = fresh(tmp_path)
        return build(original, keep, place, flatten=False, annotations={}, sink=silent, replaced=replaced)

    result = unpack(again(), fresh(tmp_path), silent)
    assert (result.read("d/status"), result.read("d/other")) == (b"new", b"old and long")
    before, after = (tree.nodes["d/status"].entry for tree in (original.tree, result.tree))
    assert replace(after, offset=0, size=0, digest=b"") == replace(before, offset=0, size=0, digest=b"")
    assert result.image.layers[0].diff_id != made.layers[0].diff_id
    assert result.image.layers[1].descriptor == made.layers[1].descriptor
    assert again().manifest == result.image.manifest
