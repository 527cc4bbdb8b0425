"""Which layers of a previous result stand for what a new one needs."""

import os
import py_compile
import tempfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from layerings import BIG, MEMBERS, NAMES, fresh, readable, view
from shave.events import silent
from shave.image import Image
from shave.layering import build, spared
from shave.reuse import MAX_EXTRA, reusable
from shave.store import Unpacked, unpack
from shave.testing import Directory, File, Hardlink, Member, Symlink, Whiteout, image
from shave.tree import Tree

SECOND = 10**9


@pytest.fixture(autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def opened(made: Image, tmp_path: Path) -> Unpacked:
    return unpack(made, fresh(tmp_path), silent)


def built(
    original: Unpacked,
    keep: set[str],
    tmp_path: Path,
    previous: Unpacked | None = None,
    replaced: Mapping[str, bytes] | None = None,
) -> Unpacked:
    more = {"previous": previous, "replaced": replaced or {}}
    made = build(original, keep, fresh(tmp_path), flatten=False, annotations={}, sink=silent, **more)
    return opened(made, tmp_path)


def taken(one: Unpacked, other: Unpacked) -> list[int]:
    """The layers of the first that are layers of the other."""
    known = {layer.descriptor.digest for layer in other.image.layers}
    return [number for number, layer in enumerate(one.image.layers) if layer.descriptor.digest in known]


def rebuilt(
    before: list[Mapping[str, Member]], after: list[Mapping[str, Member]], keep: set[str], tmp_path: Path
) -> tuple[Unpacked, Unpacked]:
    """The result of ``after`` given that of ``before``, and the latter; the same paths kept of both."""
    first = built(opened(image(*before), tmp_path), keep, tmp_path)
    return built(opened(image(*after), tmp_path), keep, tmp_path, first), first


def test_a_new_time_alone_pulls_nothing(tmp_path: Path) -> None:
    def layers(seconds: int) -> list[Mapping[str, Member]]:
        return [{"d/": Directory(mtime=seconds), "d/x": File(BIG, mtime=seconds), "gone": b""}, {"a": File(BIG)}]

    result, first = rebuilt(layers(SECOND), layers(5 * SECOND), {"d/x", "a"}, tmp_path)
    assert taken(result, first) == [0, 1]
    assert result.image.manifest.layers == first.image.manifest.layers


@pytest.mark.parametrize(
    "changed",
    [
        File(BIG[1:] + b"x"),
        File(BIG, mode=0o600),
        File(BIG, uid=5),
        File(BIG, gid=5),
        File(BIG, xattrs={"user.x": b"1"}),
        Symlink("b"),
        Directory(),
    ],
)
def test_anything_else_makes_the_layer_anew(changed: Member, tmp_path: Path) -> None:
    before: list[Mapping[str, Member]] = [{"x": BIG, "gone": b""}, {"a": BIG, "b": BIG, "gone": b""}]
    after = [before[0], {**before[1], "a": changed}]
    result, first = rebuilt(before, after, {"x", "a", "b"}, tmp_path)
    assert taken(result, first) == [0]


def test_names_of_one_file_stay_so(tmp_path: Path) -> None:
    linked: list[Mapping[str, Member]] = [{"a": BIG, "b": Hardlink("a"), "gone": b""}]
    apart: list[Mapping[str, Member]] = [{"a": BIG, "b": BIG, "gone": b""}]
    for before, after in ((linked, apart), (apart, linked)):
        result, first = rebuilt(before, after, {"a", "b"}, tmp_path)
        assert not taken(result, first)
        assert bool(result.tree.inodes) == (after is linked)
    assert taken(*rebuilt(linked, linked, {"a", "b"}, tmp_path)) == [0]


def test_what_a_layer_deletes_is_never_taken_over(tmp_path: Path) -> None:
    previous = opened(image({"a": BIG}, {"b": BIG, "c": Whiteout()}), tmp_path)
    original = opened(image({"a": BIG, "c": BIG}, {"b": BIG}), tmp_path)
    assert [layer.number for layer in reusable(original, previous)] == [0]
    assert set(built(original, {"a", "b", "c"}, tmp_path, previous).tree.nodes) == {"", "a", "b", "c"}


def test_a_link_into_another_layer_is_of_no_use(tmp_path: Path) -> None:
    previous = opened(image({"a": BIG}, {"b": Hardlink("a")}), tmp_path)
    assert [layer.number for layer in reusable(previous, previous)] == [0]


def test_a_whole_layer_with_whiteouts_is_the_same_layer(tmp_path: Path) -> None:
    layers = ({"a": BIG, "b": BIG}, {"b": Whiteout(), "c": BIG})
    original = opened(image(*layers), tmp_path)
    previous = opened(image(*layers, compression="zstd"), tmp_path)
    result = built(original, {"a", "c"}, tmp_path, previous)
    assert [layer.descriptor for layer in result.image.layers][1:] == list(previous.image.manifest.layers[1:])


def test_layers_of_an_engine_are_the_same_tars(tmp_path: Path) -> None:
    layers = ({"a": BIG, "gone": b""}, {"b": BIG})
    first = built(opened(image(*layers), tmp_path), {"a", "b"}, tmp_path)
    stored = opened(image({"a": BIG}, {"b": BIG}, compression="none"), tmp_path)
    result = built(opened(image(*layers), tmp_path), {"a", "b"}, tmp_path, stored)
    assert result.image.manifest.layers == first.image.manifest.layers


def bytecode(directory: Path, seconds: int, text: str = "print('hello')\n") -> bytes:
    source = directory / "module.py"
    source.write_text(text)
    os.utime(source, (seconds, seconds))
    made = py_compile.compile(str(source), dfile="module.py")
    assert made
    return Path(made).read_bytes()


SOURCE, COMPILED = "module.py", "__pycache__/module.cpython-311.pyc"


@pytest.fixture
def modules(tmp_path: Path) -> dict[int, bytes]:
    return {seconds: bytecode(tmp_path, seconds) for seconds in (1, 2)}


def module(modules: dict[int, bytes], source: int, compiled: int) -> dict[str, Member]:
    """A module with the time of its source, and the one that its bytecode says."""
    return {
        SOURCE: File(b"print('hello')\n", mtime=source * SECOND),
        COMPILED: File(modules[compiled]),
        "big": BIG,
        "gone": b"",
    }


@pytest.mark.parametrize(
    ("before", "after", "layers"),
    [
        ((1, 1), (2, 2), [0]),  # both up to date
        ((1, 2), (2, 2), []),  # was old, now up to date
        ((1, 1), (2, 1), []),  # was up to date, now old
        ((1, 2), (1, 2), [0]),  # as old as before
    ],
)
def test_bytecode_with_its_source(
    before: tuple[int, int], after: tuple[int, int], layers: list[int], modules: dict[int, bytes], tmp_path: Path
) -> None:
    result, first = rebuilt([module(modules, *before)], [module(modules, *after)], {SOURCE, COMPILED, "big"}, tmp_path)
    assert taken(result, first) == layers


def test_other_code_is_other_bytecode(modules: dict[int, bytes], tmp_path: Path) -> None:
    after = {**module(modules, 2, 2), COMPILED: File(bytecode(tmp_path, 2, "print('hullo')\n"))}
    result, first = rebuilt([module(modules, 1, 1)], [after], {SOURCE, COMPILED, "big"}, tmp_path)
    assert not taken(result, first)


def test_a_source_of_another_time_than_bytecode_elsewhere(modules: dict[int, bytes], tmp_path: Path) -> None:
    """``COPY`` in a fresh checkout, then compiled: all old if the sources came from the previous result."""

    def layers(seconds: int) -> list[Mapping[str, Member]]:
        both = module(modules, seconds, seconds)
        return [{SOURCE: both[SOURCE], "big": BIG, "gone": b""}, {COMPILED: both[COMPILED], "big2": BIG, "gone": b""}]

    result, first = rebuilt(layers(1), layers(2), {SOURCE, COMPILED, "big", "big2"}, tmp_path)
    assert not taken(result, first)
    result, first = rebuilt(layers(1), layers(2), {SOURCE, "big", "big2"}, tmp_path)
    assert taken(result, first) == [0, 1], "no bytecode is kept"


def listing(kept: Collection[str]) -> dict[str, bytes]:
    """A record of all that is kept, if there is one."""
    body = "\n".join(sorted(set(kept) - {""})).encode()
    return {"record": body} if "record" in kept and body != RECORD else {}


RECORD = b"a\nb\nextra\ngone\nrecord"
RECORDED: Mapping[str, Member] = {"a": BIG, "b": b"b", "extra": b"x", "record": RECORD, "gone": b""}


@pytest.mark.parametrize(
    ("before", "after", "spares"),
    [
        ({"a", "record"}, {"a", "record"}, set()),
        ({"a", "extra", "record"}, {"a", "record"}, {"extra"}),  # and the record says so
        ({"a", "b", "extra", "record"}, {"a", "record"}, {"b", "extra"}),
    ],
)
def test_records_say_what_was_spared(before: set[str], after: set[str], spares: set[str], tmp_path: Path) -> None:
    original = opened(image(RECORDED), tmp_path)
    first = built(original, before, tmp_path, replaced=listing(before))
    found = spared(original, after, first, lambda path: False, flatten=False, replaced=listing)
    assert set(found) == spares
    keep = after | set(found)
    result = built(original, keep, tmp_path, first, listing(keep))
    assert result.image.manifest.layers == first.image.manifest.layers
    assert result.read("record") == b"\n".join(path.encode() for path in sorted(keep))


def test_nothing_is_spared_for_a_record_that_would_lie(tmp_path: Path) -> None:
    """The layer of before has a file more, which its own record does not name: it is none of shave's."""
    original = opened(image(RECORDED), tmp_path)
    first = opened(image({**{path: RECORDED[path] for path in ("a", "extra")}, "record": b"a\nrecord"}), tmp_path)
    keep = {"a", "record"}
    assert not spared(original, keep, first, lambda path: False, flatten=False, replaced=listing)
    assert not taken(built(original, keep, tmp_path, first, listing(keep)), first)


def test_a_layer_that_cannot_serve_spares_nothing(tmp_path: Path) -> None:
    """Another body than the original's is no record's, or not the one that would be written."""
    before: list[Mapping[str, Member]] = [{"a": BIG, "b": b"1", "extra": b"x", "gone": b""}]
    after = [{**before[0], "b": b"2"}]
    first = built(opened(image(*before), tmp_path), {"a", "b", "extra"}, tmp_path)
    assert not spared(opened(image(*after), tmp_path), {"a", "b"}, first, lambda path: False, flatten=False)


EXTRA = b"x" * int(len(BIG) * MAX_EXTRA / 2)


@pytest.mark.parametrize(
    ("extra", "dropped", "spares"),
    [(EXTRA, "", {"extra"}), (EXTRA * 3, "", set()), (EXTRA, "extra", set())],
)
def test_a_little_more_than_the_plan_stays(extra: bytes, dropped: str, spares: set[str], tmp_path: Path) -> None:
    original = opened(image({"a": BIG, "extra": extra, "gone": b""}), tmp_path)
    first = built(original, {"a", "extra"}, tmp_path)
    found = spared(original, {"a"}, first, lambda path: path == dropped, flatten=False)
    assert set(found) == spares
    assert bool(taken(built(original, {"a", *found}, tmp_path, first), first)) == bool(spares)


def test_another_name_of_a_kept_file_costs_nothing(tmp_path: Path) -> None:
    original = opened(image({"a": BIG, "b": Hardlink("a"), "gone": b""}), tmp_path)
    first = built(original, {"a", "b"}, tmp_path)
    assert spared(original, {"a"}, first, lambda path: False, flatten=False) == {"b"}


def test_what_went_from_the_original_never_comes_back(tmp_path: Path) -> None:
    first = built(opened(image({"a": BIG, "secret": b"s", "gone": b""}), tmp_path), {"a", "secret"}, tmp_path)
    original = opened(image({"a": BIG, "gone": b""}), tmp_path)
    assert not spared(original, {"a"}, first, lambda path: False, flatten=False)
    assert "secret" not in built(original, {"a"}, tmp_path, first).tree


LAYERS = st.lists(st.dictionaries(NAMES, MEMBERS, max_size=5), min_size=1, max_size=3)
EDITS = st.dictionaries(st.tuples(st.integers(0, 2), NAMES), MEMBERS, max_size=2)
SOME = st.sets(NAMES, max_size=4)


def bulky(layers: list[dict[str, Member]]) -> list[dict[str, Member]]:
    """Layers with so many bytes of their own that a little may be spared in each."""
    return [{**layer, f"bulk{number}": File(BIG)} for number, layer in enumerate(layers)]


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(layers=LAYERS, edits=EDITS, keep=SOME, more=SOME, dropped=NAMES, others=LAYERS, order=st.randoms())
def test_the_tree_is_the_plan_s_and_what_was_spared(
    layers: list[dict[str, Member]],
    edits: dict[tuple[int, str], Member],
    keep: set[str],
    more: set[str],
    dropped: str,
    others: list[dict[str, Member]],
    order: Random,
    tmp_path: Path,
) -> None:
    """The previous result is that of a build that was a little different, or of anything at all."""
    edited = [{**layer, **{path: edits[at, path] for at, path in edits if at == n}} for n, layer in enumerate(layers)]
    mixed = [*layers, *others]
    order.shuffle(mixed)
    with tempfile.TemporaryDirectory(dir=tmp_path) as name:
        directory = Path(name)
        original = opened(image(*readable(bulky(layers))), directory)
        keep = (keep | {f"bulk{number}" for number in range(len(layers))}) & set(original.tree.nodes)
        plain = built(original, keep, directory)
        for earlier in (edited, mixed):
            before = opened(image(*readable(bulky(earlier))), directory)
            first = built(before, (keep | more) & set(before.tree.nodes), directory)
            extra = set(spared(original, keep, first, lambda path: path == dropped, flatten=False))
            result = built(original, keep | extra, directory, first)
            assert set(result.tree.nodes) == set(plain.tree.nodes) | extra
            assert dropped not in extra
            assert untimed_view(result.tree, result.tree.nodes) == untimed_view(original.tree, result.tree.nodes)
            assert result.tree.content_bytes - plain.tree.content_bytes <= MAX_EXTRA * result.tree.content_bytes
            assert len(result.layers) <= len(original.layers)


def untimed_view(tree: Tree, paths: Iterable[str]) -> dict[str, tuple[object, ...]]:
    """What a container sees of the paths, without times."""
    return {path: (replace(entry, mtime=0), names) for path, (entry, names) in view(tree, paths).items()}
