"""What is kept of passing bodies: all that was looked at, exactly, and never too much."""

import gc
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave import records
from shave.errors import BadImageError
from shave.records import BLOCK, IN_MEMORY, LOOK, MAX_GLANCE, MAX_LAYER, MAX_WHOLE, Glance, Interest, Keeper, Read
from shave.tar_reader import scan
from shave.testing import Member, layer_tar

MAGIC = b"\x7fELF"
EVERYTHING = Interest("everything", lambda path: True)


def looking(*glances: Glance) -> Interest:
    """Nothing is kept by its name."""
    return Interest("looks", lambda path: False, {MAGIC: glances, b"MZ": glances})


def chunks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def kept(members: dict[str, Member], interest: Interest, size: int = 65_536) -> dict[str, tuple[int, records.Records]]:
    """Where each body starts, with the records of the layer, as written and read again."""
    keeper = Keeper(interest)
    entries = scan(chunks(layer_tar(members), size), keeper=keeper).entries
    assert entries == scan(chunks(layer_tar(members), size)).entries
    found = keeper.records()
    assert records.parse(records.dump(found)) == found
    return {entry.path: (entry.offset, found) for entry in entries}


@given(st.lists(st.binary(max_size=2000), max_size=8), st.integers(1, 1500))
def test_what_is_kept_is_the_body(bodies: list[bytes], size: int) -> None:
    found = kept({str(n): body for n, body in enumerate(bodies)}, EVERYTHING, size)
    for n, body in enumerate(bodies):
        offset, layer = found[str(n)]
        assert (layer.read(offset, 0, -1) if body else b"") == body
        assert (offset in layer.bodies) == bool(body)


@given(
    st.integers(0, 600_000),
    st.lists(st.tuples(st.integers(-9, 700_000), st.integers(-2, 400_000)), max_size=9),
    st.sampled_from([MAGIC, b"MZ\x90\0"]),
)
def test_a_reader_finds_again_what_it_saw(size: int, spans: list[tuple[int, int]], magic: bytes) -> None:
    body = magic + Random(size).randbytes(size)
    seen: list[bytes] = []

    def glance(path: str, length: int, read: Read) -> None:
        assert (path, length) == ("x", len(body))
        seen.extend(read(*span) for span in spans)

    offset, layer = kept({"before": b"1" * 700, "x": body}, looking(glance))["x"]
    expected = [body[start:][: None if n < 0 else n] if start >= 0 else b"" for start, n in spans]
    assert seen == expected
    if offset in layer.bodies:
        assert [layer.read(offset, *span) for span in spans] == expected
    else:
        assert not any(expected)


def test_bodies_that_nobody_looks_at() -> None:
    refused: list[str] = []

    def glance(path: str, size: int, read: Read) -> None:
        refused.append(path)

    offset, layer = kept({"a": b"\x7fELX", "b": b"", "c": b"MX", "d": b"\x7fE"}, looking(glance))["a"]
    assert (refused, layer.bodies, layer.blocks) == ([], {}, [])
    with pytest.raises(KeyError):
        layer.read(offset, 0, 1)


def test_bytes_that_were_not_looked_at_are_missed_and_not_made_up() -> None:
    def glance(path: str, size: int, read: Read) -> None:
        read(0, 100)
        read(200, 100)

    offset, layer = kept({"x": MAGIC + bytes(1000)}, looking(glance))["x"]
    for start, length in ((0, 101), (100, 1), (150, 100), (0, -1), (299, 2)):
        with pytest.raises(BadImageError, match="too many to be looked at"):
            layer.read(offset, start, length)
    assert layer.read(offset, 2000, 5) == layer.read(offset, -1, 5) == layer.read(offset, 0, 0) == b""


@pytest.mark.parametrize("step", [1, 1 << 20])
def test_a_reader_that_wants_too_much_gets_no_more(step: int) -> None:
    counted: list[int] = []

    def greedy(path: str, size: int, read: Read) -> None:
        while True:
            counted.append(len(read(len(counted) % 9, step)))

    def broken(path: str, size: int, read: Read) -> None:
        raise BadImageError("not what it says")

    def modest(path: str, size: int, read: Read) -> None:
        read(50_000, 4)

    body = MAGIC + bytes(2 << 20)
    offset, layer = kept({"x": body}, looking(broken, greedy, modest))["x"]
    assert len(counted) == MAX_GLANCE // max(LOOK, step)
    assert layer.read(offset, 50_000, 4) == bytes(4)


def test_a_large_body_lies_on_the_disk_meanwhile_and_is_gone_afterwards() -> None:
    body = MAGIC + bytes(IN_MEMORY) + b"end"
    seen: list[bytes] = []

    def glance(path: str, size: int, read: Read) -> None:
        seen.append(read(size - 3, 99))

    kept({"x": body}, looking(glance))
    assert seen == [b"end"]
    before = open_files()
    with pytest.raises(BadImageError, match="cut off"):
        scan([layer_tar({"x": body})[:-5000]], keeper=Keeper(looking(glance)))
    gc.collect()
    assert open_files() <= before  # garbage of other tests may go meanwhile


def test_what_is_kept_of_a_layer_is_bounded() -> None:
    bodies = {str(n): Random(n).randbytes(MAX_LAYER // 3) for n in range(4)}
    found = kept(bodies, EVERYTHING, 1 << 20)
    layer = found["0"][1]
    assert [found[name][0] in layer.bodies for name in bodies] == [True, True, False, False]
    assert sum(map(len, layer.blocks)) <= MAX_LAYER + 2 * BLOCK
    assert layer.read(found["1"][0], BLOCK - 5, 10) == bodies["1"][BLOCK - 5 : BLOCK + 5]
    huge = Keeper(EVERYTHING)
    assert huge.take("x", MAX_WHOLE + 1, 0, b"text") is None


def test_a_crowd_of_tiny_records_is_bounded_too() -> None:
    keeper = Keeper(EVERYTHING)
    for number in range(200_000):
        keeper.keep(number, 1, [(0, 1)], lambda offset, length: b"x")
    assert len(keeper.bodies) <= MAX_LAYER // records.RECORD


def test_whoever_holds_the_memory_may_refuse() -> None:
    def refuse(size: int) -> None:
        raise BadImageError("no more")

    with pytest.raises(BadImageError, match="no more"):
        scan([layer_tar({"x": b"1"})], keeper=Keeper(EVERYTHING, refuse))


@given(st.binary(max_size=60))
def test_other_bytes_are_no_records(data: bytes) -> None:
    with pytest.raises(ValueError):
        records.parse(b"\xc1" + data)
