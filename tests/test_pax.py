"""Records of pax headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave import pax
from shave.errors import BadImageError


@given(st.lists(st.tuples(st.text(min_size=1).filter(lambda key: "=" not in key), st.binary())))
def test_records_survive(records: list[tuple[str, bytes]]) -> None:
    records = [(key, value) for key, value in records if key.isprintable()]
    assert pax.parse(pax.serialise(records)) == records


@pytest.mark.parametrize("length", range(80, 110))
def test_a_record_counts_its_own_digits(length: int) -> None:
    data = pax.serialise([("path", b"a" * length)])
    assert int(data.partition(b" ")[0]) == len(data)


@pytest.mark.parametrize(
    "data",
    [b"path=a\n", b"8 path=a\n", b"11 path=a\n", b"10 path=a\nx", b"6 path\n", b"4 =\n", b"0 a=b\n", b"-9 path=a\n"],
)
def test_broken_records(data: bytes) -> None:
    with pytest.raises(BadImageError, match="pax record"):
        pax.parse(data)


@given(st.integers(-(2**63), 2**63))
def test_times_survive(nanoseconds: int) -> None:
    assert pax.parse_time(pax.format_time(nanoseconds)) == nanoseconds


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [(b"1", 10**9), (b"-1.5", -1_500_000_000), (b"0.1234567899", 123456789), (b"7.", 7 * 10**9)],
)
def test_times(text: bytes, nanoseconds: int) -> None:
    assert pax.parse_time(text) == nanoseconds


@pytest.mark.parametrize("text", [b"", b"x", b"1.x", b"1e9", b"--1", b"1_0", b"9" * 21])
def test_no_times(text: bytes) -> None:
    with pytest.raises(BadImageError, match="pax time"):
        pax.parse_time(text)
