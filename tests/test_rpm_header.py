"""Headers of RPM packages as a database keeps them."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.rpm_header import parse


def header(*entries: tuple[int, int, int, int], data: bytes = b"", length: int | None = None) -> bytes:
    """A blob of entries (tag, type, where, how many) and their data."""
    counts = struct.pack(">II", len(entries), len(data) if length is None else length)
    return counts + b"".join(struct.pack(">IIII", *entry) for entry in entries) + data


def test_values_by_tag() -> None:
    data = b"bash\0one\0\xff\0" + struct.pack(">II", 7, 1 << 31)
    found = parse(header((1000, 6, 0, 1), (1117, 8, 5, 2), (1116, 4, 11, 2), (5, 7, 0, 9), data=data))
    assert found.string(1000) == "bash"
    assert found.strings(1117) == ["one", "\udcff"]
    assert found.numbers(1116) == [7, 1 << 31]
    assert (found.string(9), found.strings(1116), found.numbers(1000), found.strings(5)) == ("", [], [], [])


@pytest.mark.parametrize(
    ("blob", "why"),
    [
        (b"1234", "ends before its counts"),
        (header(data=b"x", length=2), "a header of 9 bytes says that it has 10"),
        (b"\xff" * 40, "tags, more than any of its kind"),
        (header(*[(1, 6, 0, 1)] * (1 << 16)), "65536 tags"),
    ],
)
def test_what_is_no_header(blob: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(blob)


def test_values_that_end_too_soon() -> None:
    found = parse(header((1, 8, 0, 3), (2, 4, 0, 1 << 31), (3, 6, 1 << 31, 1), data=b"a\0b\0c"))
    for read, tag in ((found.strings, 1), (found.numbers, 2), (found.strings, 3)):
        with pytest.raises(ValueError, match=f"tag {tag} end before"):
            read(tag)


@given(st.binary(max_size=80) | st.lists(st.tuples(*[st.integers(0, 9)] * 4), max_size=4).map(lambda e: header(*e)))
def test_no_header_is_too_strange(blob: bytes) -> None:
    with suppress(ValueError):
        found = parse(blob)
        for tag in found.entries:
            assert len(found.strings(tag)) + 4 * len(found.numbers(tag)) <= len(blob)
