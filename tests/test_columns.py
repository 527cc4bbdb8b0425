"""Entries as bytes and back."""

from hypothesis import given
from hypothesis import strategies as st

from shave.columns import ENTRIES, PATHS, weight
from shave.tree import Entry

BYTES = st.binary(max_size=12).map(lambda data: data.replace(b"\0", b"").decode("utf-8", "surrogateescape"))
NUMBERS = st.integers(0, 2**63 - 1)
PAIRS = st.tuples(NUMBERS, NUMBERS)
ANY_ENTRY = st.builds(
    Entry,
    BYTES,
    st.sampled_from(("file", "directory", "symlink", "hardlink", "character", "block", "fifo")),
    st.integers(0, 0o7777),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(-(2**63), 2**63 - 1),
    NUMBERS,
    BYTES,
    PAIRS,
    st.lists(st.tuples(BYTES, st.binary(max_size=9)), max_size=2).map(tuple),
    NUMBERS,
    st.sampled_from((b"", bytes(range(16)))),
    st.none() | st.lists(PAIRS, max_size=3).map(tuple),
)


@given(st.lists(ANY_ENTRY, max_size=5))
def test_entries_survive(entries: list[Entry]) -> None:
    assert ENTRIES.unfold(ENTRIES.fold(entries)) == entries


@given(st.lists(BYTES, max_size=5))
def test_paths_survive(paths: list[str]) -> None:
    assert PATHS.unfold(PATHS.fold(paths)) == paths


def test_weight_is_what_an_image_may_choose() -> None:
    plain = Entry("path", "file")
    assert weight(plain) == 4
    assert weight(Entry("path", "symlink", link="target")) == 10
    assert weight(Entry("path", "file", xattrs=(("user.a", bytes(100)),))) == 110
    assert weight(Entry("path", "file", sparse=((0, 1),) * 1000)) > 100_000
