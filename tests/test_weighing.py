from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.positions import Positions
from shave.tree import Entry
from shave.weighing import weighed

BLOCK = 512
LENGTHS = st.lists(st.tuples(st.integers(0, 5000), st.sampled_from(("a.gz", "a.txt", "dir"))), max_size=12)
NOTES = st.lists(st.tuples(st.integers(1, 9000), st.integers(0, 4000)), max_size=8)


def stream(lengths: list[tuple[int, str]]) -> tuple[list[Entry], int]:
    """Entries as they stand in a stream, and where it ends."""
    entries, at = [], 0
    for length, name in lengths:
        at += BLOCK
        if name == "dir":
            entries.append(Entry(name, "directory"))
        else:
            entries.append(Entry(name, "file", size=length, offset=at, digest=at.to_bytes(16)))
            at += length + -length % BLOCK
    return entries, at + 2 * BLOCK


@given(LENGTHS, NOTES)
def test_between_two_notes_nothing_is_gained_or_lost(
    lengths: list[tuple[int, str]], notes: list[tuple[int, int]]
) -> None:
    entries, _ = stream(lengths)
    plain = [sum(step for step, _ in notes[: n + 1]) for n in range(len(notes))]
    packed = [sum(step for _, step in notes[: n + 1]) for n in range(len(notes))]
    before = Positions(plain, packed)
    after = weighed(before, entries, 1 << 20)
    assert after.packed_bytes == before.packed_bytes
    assert all(low < high for low, high in pairwise(after.plain))
    assert all(low <= high for low, high in pairwise(after.packed))
    for start, end in pairwise([0, *plain]):
        assert after.between(start, end) == pytest.approx(before.between(start, end))


def test_what_is_compressed_already_keeps_its_bytes() -> None:
    entries, end = stream([(4096, "a.gz"), (40960, "a.txt")])
    cost = 4096 + 10240 + 120
    found = weighed(Positions([end], [cost]), entries, 1 << 20)
    assert found.entry(entries[0]) == pytest.approx(4096, rel=0.05)
    assert found.entry(entries[1]) == pytest.approx(10240, rel=0.05)


def test_many_headers_cost_what_one_does_each() -> None:
    entries, end = stream([*[(0, "dir")] * 100, (4096, "a.gz")])
    found = weighed(Positions([end], [100 * 60 + 4096]), entries, 1 << 20)
    assert found.entry(entries[-1]) == pytest.approx(4096, rel=0.05)


def test_entries_in_no_order_are_left_out() -> None:
    chance = Random(3)
    entries = [Entry("f", "file", size=chance.randrange(9000), offset=chance.randrange(90_000)) for _ in range(200)]
    found = weighed(Positions([50_000, 60_000], [10, 20]), entries, 1 << 20)
    assert all(low < high for low, high in pairwise(found.plain))
    assert found.packed_bytes == 20


def test_an_empty_layer() -> None:
    assert weighed(Positions([], []), [], 1).packed_bytes == 0
    assert weighed(Positions([0], [9]), [Entry("f", "file", size=9, offset=512)], 1).packed_bytes == 9


def test_what_was_there_not_long_ago_costs_nearly_nothing() -> None:
    first, second = (
        Entry("a", "file", size=4096, offset=512, digest=b"1"),
        Entry("b", "file", size=4096, offset=5120, digest=b"1"),
    )
    known = weighed(Positions([9216], [4096 + 120]), [first, second], 4608)
    assert known.entry(first) == pytest.approx(4096, rel=0.05)
    assert known.entry(second) < 200
    forgotten = weighed(Positions([9216], [2 * 4096 + 120]), [first, second], 4607)
    assert forgotten.entry(second) == pytest.approx(4096, rel=0.05)
