from hypothesis import given
from hypothesis import strategies as st

from shave.dockerfile.mapped import mapped

_ORIGINAL = bytes(range(100))
_RANGES = st.lists(st.integers(0, 100), max_size=20).map(sorted).map(lambda ends: list(zip(ends[::2], ends[1::2])))  # noqa: B905


@given(_RANGES, st.integers(0, 100), st.integers(0, 100))
def test_bytes_know_where_they_were(ranges: list[tuple[int, int]], one: int, other: int) -> None:
    found = mapped(_ORIGINAL, ranges)
    assert found.text == b"".join(_ORIGINAL[start:end] for start, end in ranges)
    for offset, byte in enumerate(found.text):  # each byte of the original says where it stands
        assert found.origin(offset) == byte
        assert found.offset(byte) == offset
    start, end = sorted((min(one, len(found.text)), min(other, len(found.text))))
    part = found.part(start, end)
    assert part.text == found.text[start:end]
    assert [part.origin(offset) for offset in range(len(part.text))] == list(part.text)
    if start < end:
        assert found.span(start, end) == (found.text[start], found.text[end - 1] + 1)


def test_the_place_of_nothing() -> None:
    assert mapped(_ORIGINAL, [(7, 7)]).span(0, 0) == (7, 7)
    assert mapped(_ORIGINAL, [(3, 5), (8, 9)]).span(2, 3) == (8, 9)
    assert mapped(_ORIGINAL, [(3, 5), (8, 9)]).origin(3) == 9
