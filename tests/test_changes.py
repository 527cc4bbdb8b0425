"""What layers do to each other, against layers applied one after the other to a dict."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from shave.changes import Count, LayerChanges, changes
from shave.tree import Entry, LayerIndex


def index(*entries: Entry, whiteouts: tuple[str, ...] = (), opaque: tuple[str, ...] = ()) -> LayerIndex:
    return LayerIndex("sha256:" + "0" * 64, entries, whiteouts, opaque)


def file(path: str, body: bytes = b"x", **more: int) -> Entry:
    return Entry(path, "file", size=len(body), digest=body, offset=512, **more)  # type: ignore[arg-type]


def test_each_kind_of_change() -> None:
    below = index(Entry("d", "directory", 0o755), file("d/a", b"12345"), file("d/b", b"1"), file("c", b"22"), file("e"))
    above = index(
        Entry("d", "directory", 0o755, mtime=5),
        file("d/a", b"12345", uid=7),
        file("c", b"333"),
        file("f", b"4444"),
        whiteouts=("e",),
    )
    first, second = changes([below, above])
    assert first == LayerChanges(added=Count(5, 9))
    assert second == LayerChanges(Count(1, 4), Count(1, 3), Count(1, 5), Count(1, 1))


def test_what_goes_with_a_directory() -> None:
    below = index(Entry("d", "directory"), file("d/a", b"12"), Entry("d/e", "directory"), file("d/e/b", b"345"))
    assert changes([below, index(whiteouts=("d",))])[1].removed == Count(4, 5)
    assert changes([below, index(file("d"))])[1] == LayerChanges(changed=Count(1, 1), removed=Count(3, 5))
    hidden = changes([below, index(Entry("d", "directory"), file("d/a", b"99"), opaque=("d",))])[1]
    assert hidden == LayerChanges(changed=Count(1, 2), removed=Count(2, 3))


def test_implied_directories_are_no_news() -> None:
    assert changes([index(file("a/b/c"))]) == (LayerChanges(added=Count(1, 1)),)


def test_what_is_gone_is_added_again() -> None:
    three = changes([index(file("a", b"12")), index(whiteouts=("a",)), index(file("a", b"12"))])
    assert [each.added for each in three] == [Count(1, 2), Count(), Count(1, 2)]
    assert three[1].removed == Count(1, 2)


@dataclass
class Model:
    """Files alone, by path; each layer is applied whole."""

    files: dict[str, bytes] = field(default_factory=dict)

    def apply(self, puts: dict[str, bytes], whiteouts: set[str]) -> LayerChanges:
        before = dict(self.files)
        gone = {path for path in before for out in whiteouts if path == out or path.startswith(f"{out}/")}
        self.files = {path: body for path, body in before.items() if path not in gone} | puts
        counts: dict[str, list[int]] = {}

        def count(what: str, body: bytes) -> None:
            found = counts.setdefault(what, [0, 0])
            found[0] += 1
            found[1] += len(body)

        for path in before.keys() | self.files.keys():
            if path not in self.files:
                count("removed", before[path])
            elif path not in before:
                count("added", self.files[path])
            elif path in puts:
                count("touched" if puts[path] == before[path] else "changed", puts[path])
        return LayerChanges(**{what: Count(*found) for what, found in counts.items()})


PATHS = st.sampled_from(["a/x", "a/y", "a-b/x", "a/d/x", "b/x", "c"])
LAYERS = st.lists(
    st.tuples(
        st.dictionaries(PATHS, st.binary(max_size=2)),
        st.sets(st.sampled_from(["a", "a/x", "a/d", "b", "c", "a-b", "zz"])),
    ),
    max_size=5,
)


@given(LAYERS)
def test_like_layers_applied_one_by_one(layers: list[tuple[dict[str, bytes], set[str]]]) -> None:
    model = Model()
    expected = []
    indices = []
    for puts, whiteouts in layers:
        expected.append(model.apply(puts, whiteouts))
        indices.append(index(*(file(path, body) for path, body in puts.items()), whiteouts=tuple(whiteouts)))
    assert list(changes(indices)) == expected
