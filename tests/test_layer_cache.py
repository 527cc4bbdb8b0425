"""The cache of layer indices: what goes in comes out, and nothing about it is ever a reason to fail."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shave import cache, layer_cache
from shave.tree import Entry, LayerIndex

DIFF_ID = "sha256:" + "a1" * 32
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20)
ENTRIES = st.builds(
    Entry,
    TEXT,
    st.sampled_from(("file", "directory", "symlink", "character")),
    st.integers(0, 0o7777),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 2**63 - 1),
    TEXT,
    st.tuples(st.integers(0, 4095), st.integers(0, 2**20)),
    st.lists(st.tuples(TEXT, st.binary(max_size=9)), max_size=2).map(tuple),
    st.integers(0, 2**63 - 1),
)


def with_digest(entry: Entry) -> Entry:
    digest = bytes(range(16)) if entry.kind == "file" else b""
    fields = (entry.path, entry.kind, entry.mode, entry.uid, entry.gid, entry.mtime, entry.size, entry.link)
    return Entry(*fields, entry.device, entry.xattrs, entry.offset, digest)


INDICES = st.builds(
    LayerIndex,
    st.just(DIFF_ID),
    st.lists(ENTRIES.map(with_digest), max_size=4).map(tuple),
    st.lists(TEXT, max_size=2).map(tuple),
    st.lists(TEXT, max_size=2).map(tuple),
    st.integers(0, 2**50),
)


@pytest.fixture(autouse=True)
def private_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "shave" / "layers" / cache.LAYERS.version


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(INDICES)
def test_what_goes_in_comes_out(index: LayerIndex) -> None:
    layer_cache.save(index)
    assert layer_cache.load(DIFF_ID) == index


def test_bytes_that_are_no_text_and_holes_survive(private_cache: Path) -> None:
    entry = Entry("caf\udce9", "file", link="\udcff", digest=bytes(16), sparse=((0, 5), (10, 0)), size=10)
    index = LayerIndex(DIFF_ID, (entry, Entry("", "directory")), opaque=("",))
    layer_cache.save(index)
    assert layer_cache.load(DIFF_ID) == index
    assert [path.name for path in private_cache.iterdir()] == ["a1" * 32]


@pytest.mark.parametrize("at", [0, 20, -1])
def test_a_corrupt_file_is_a_miss(private_cache: Path, at: int) -> None:
    layer_cache.save(LayerIndex(DIFF_ID, (Entry("a", "file", digest=bytes(16)),)))
    (file,) = private_cache.iterdir()
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)
    assert layer_cache.load(DIFF_ID) is None
    file.write_bytes(b"")
    assert layer_cache.load(DIFF_ID) is None


def test_a_file_of_another_layer_is_a_miss(private_cache: Path) -> None:
    layer_cache.save(LayerIndex(DIFF_ID, ()))
    (file,) = private_cache.iterdir()
    file.rename(private_cache / ("b2" * 32))
    assert layer_cache.load("sha256:" + "b2" * 32) is None


@pytest.mark.parametrize("diff_id", ["", "sha256:../../etc/passwd", "sha256:" + "/" * 64, "md5:" + "a" * 64])
def test_impossible_digests_are_misses(diff_id: str) -> None:
    layer_cache.save(LayerIndex(diff_id, ()))
    assert layer_cache.load(diff_id) is None


def test_a_cache_that_cannot_be_written_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    layer_cache.save(LayerIndex(DIFF_ID, ()))
    assert layer_cache.load(DIFF_ID) is None


def test_an_index_asked_for_is_one_in_use(private_cache: Path) -> None:
    layer_cache.save(LayerIndex(DIFF_ID, ()))
    (file,) = private_cache.iterdir()
    os.utime(file, (1, 1))
    assert layer_cache.load(DIFF_ID)
    assert file.stat().st_mtime > 1


def test_what_is_remembered_beside_a_layer(private_cache: Path) -> None:
    assert layer_cache.recall(DIFF_ID, "kind") is None
    layer_cache.remember(DIFF_ID, "kind", b"data")
    layer_cache.remember(DIFF_ID, "other", b"")
    assert (layer_cache.recall(DIFF_ID, "kind"), layer_cache.recall(DIFF_ID, "other")) == (b"data", b"")
    file = private_cache / f"{'a1' * 32}.kind"
    os.utime(file, (1, 1))
    assert layer_cache.recall(DIFF_ID, "kind")
    assert file.stat().st_mtime > 1
    for damaged in (file.read_bytes()[:-1], b"", file.read_bytes() + b"x"):
        file.write_bytes(damaged)
        assert layer_cache.recall(DIFF_ID, "kind") is None
    file.unlink()
    file.mkdir()
    assert layer_cache.recall(DIFF_ID, "kind") is None
    layer_cache.remember("sha256:../../x", "kind", b"data")
    assert layer_cache.recall("sha256:../../x", "kind") is None
