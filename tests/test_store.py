"""Images unpacked and indexed, with and without a warm cache."""

from io import BytesIO
from pathlib import Path

import pytest
from msgspec.structs import replace

from shave import store
from shave.errors import BadImageError, CannotError
from shave.events import Event, StageAdvanced, StageEnded, StageStarted, silent
from shave.image import Image, Layer
from shave.overlay import overlay
from shave.store import PlainLayer, index, read_body, tree_of, unpack
from shave.testing import File, Whiteout, image, random_image
from shave.tree import Entry, LayerIndex


@pytest.fixture(autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def unreadable(made: Image) -> Image:
    def refuse() -> BytesIO:
        raise AssertionError("a layer was read")

    return replace(made, layers=tuple(replace(layer, open=refuse) for layer in made.layers))


def test_bodies_are_read_by_path(tmp_path: Path) -> None:
    made = image({"a": b"lower", "b": File(b"0123456789")}, {"a": b"upper", "c": b""})
    unpacked = unpack(made, tmp_path, silent)
    assert unpacked.read("a") == b"upper"
    assert unpacked.read("b", 3, 4) == b"3456"
    assert unpacked.read("b", 8, 100) == b"89"
    assert unpacked.read("b", 20) == unpacked.read("b", 1 << 64, 9) == b""
    assert unpacked.read("b", 2, 0) == unpacked.read("c") == b""
    assert [layer.packed_bytes for layer in unpacked.layers] == [layer.descriptor.size for layer in made.layers]


@pytest.mark.parametrize("seed", range(3))
def test_cold_and_warm_are_the_same(seed: int, tmp_path: Path) -> None:
    made = random_image(seed)
    cold, warm = tmp_path / "cold", tmp_path / "warm"
    cold.mkdir()
    warm.mkdir()
    first, second = unpack(made, cold, silent), unpack(made, warm, silent)
    assert first.tree.nodes == second.tree.nodes == tree_of(unreadable(made), silent).nodes
    for one, two in zip(first.layers, second.layers, strict=True):
        assert one.index == two.index
        assert one.path.read_bytes() == two.path.read_bytes()
        assert one.path.stat().st_size == one.index.tar_bytes


def test_a_warm_cache_hides_no_lie(tmp_path: Path) -> None:
    made = image({"a": b"1"})
    index(made, silent)
    other = image({"a": b"2"}).layers[0]
    lying = replace(made, layers=(replace(other, diff_id=made.layers[0].diff_id),))
    with pytest.raises(BadImageError, match="diff ID"):
        unpack(lying, tmp_path, silent)
    assert index(made, silent)


def test_a_layer_that_lies_is_never_cached() -> None:
    made = image({"a": b"1"})
    broken = replace(made.layers[0], open=lambda: BytesIO(b"no gzip"))
    with pytest.raises(BadImageError):
        index(replace(made, layers=(broken,)), silent)
    with pytest.raises(AssertionError, match="was read"):
        index(unreadable(made), silent)


def test_plain_tars_are_used_where_they_lie(tmp_path: Path) -> None:
    made = image({"a": b"body"}, compression="none")
    (tmp_path / "archive").write_bytes(b"before" + made.layers[0].open().read())
    at_hand = replace(made, layers=(replace(made.layers[0], plain=(tmp_path / "archive", 6)),))
    unpacked = unpack(at_hand, tmp_path, silent)
    assert unpacked.read("a") == b"body"
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_layers_and_config_must_agree(tmp_path: Path) -> None:
    made = random_image(1)
    with pytest.raises(BadImageError, match="2 layers"):
        unpack(replace(made, layers=made.layers[1:]), tmp_path, silent)


def test_progress_adds_up(tmp_path: Path) -> None:
    heard: list[Event] = []
    made = random_image(2)
    unpack(made, tmp_path, heard.append)
    total = sum(layer.descriptor.size for layer in made.layers)
    assert heard[0] == StageStarted("read", total)
    assert isinstance(heard[-1], StageEnded)
    assert sum(event.amount for event in heard if isinstance(event, StageAdvanced)) == total


def test_one_failure_stops_all(tmp_path: Path) -> None:
    made = image(*({f"{n}": b"x" * 1000} for n in range(6)))
    layers = (replace(made.layers[0], open=lambda: BytesIO(b"")), *made.layers[1:])
    with pytest.raises(BadImageError, match="promises"):
        unpack(replace(made, layers=layers), tmp_path, silent)


def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(layer: Layer, *rest: object) -> LayerIndex:
        with Path("/dev/full").open("wb", buffering=0) as file:
            file.write(b"x")
        raise AssertionError

    monkeypatch.setattr(store.layers, "analyse", full)
    with pytest.raises(CannotError, match="No space left"):
        index(image({"a": b""}), silent)


def test_an_unwritable_directory_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotError, match="cannot be unpacked"):
        unpack(image({"a": b""}), tmp_path / "missing", silent)


def test_sparse_bodies_have_zeros_for_holes(tmp_path: Path) -> None:
    (tmp_path / "tar").write_bytes(b"__abcdefgh")
    entry = Entry("f", "file", size=40, offset=2, sparse=((0, 3), (10, 2), (35, 3), (40, 0)))
    layer = PlainLayer(tmp_path / "tar", 0, LayerIndex("sha256:0", (entry,)), 0)
    whole = b"abc" + bytes(7) + b"de" + bytes(23) + b"fgh" + bytes(2)
    assert read_body(layer, entry) == whole
    for offset in range(0, 45, 3):
        for length in (-1, 0, 1, 9, 100):
            assert read_body(layer, entry, offset, length) == whole[offset:][: length if length >= 0 else None]
    with pytest.raises(BadImageError, match="too large"):
        read_body(layer, replace(entry, size=1 << 60))


def test_the_tree_is_the_overlay_of_the_indices() -> None:
    made = image({"a": b"1", "b": b"2"}, {"a": Whiteout()})
    assert tree_of(made, silent).nodes == overlay(index(made, silent)).nodes
    assert list(tree_of(made, silent).nodes) == ["", "b"]


@pytest.mark.parametrize("warm", [False, True])
def test_entries_of_all_layers_share_one_bound(warm: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    made = image(*({f"{layer}/{number}": b"" for number in range(300)} for layer in range(4)))
    if warm:
        index(made, silent)
    monkeypatch.setenv("SHAVE_INDEX_MAX", "5000")
    with pytest.raises(BadImageError, match="more entries than fit into 5000 bytes"):
        index(made, silent)
    monkeypatch.setenv("SHAVE_INDEX_MAX", "1MB")
    assert len(tree_of(made, silent)) == 1205
