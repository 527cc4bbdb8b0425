from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xxhash import xxh3_128_digest

from shave.errors import BadImageError
from shave.tar_stream import Stream


def cut(data: bytes, lengths: list[int]) -> Iterator[bytes]:
    """The data in chunks of these lengths, then the rest; empty chunks too."""
    for length in lengths:
        yield data[:length]
        data = data[length:]
    yield data


@given(st.binary(max_size=3000), st.lists(st.integers(0, 700)), st.integers(0, 2000), st.binary(max_size=20))
def test_chunks_do_not_matter(data: bytes, lengths: list[int], size: int, before: bytes) -> None:
    stream = Stream(cut(data, lengths))
    head = stream.take(10)
    assert head == data[:10]
    if len(head) + size > len(data):
        with pytest.raises(BadImageError, match="cut off"):
            stream.body(size, before)
        return
    assert stream.body(size, before) == xxh3_128_digest(before + data[10 : 10 + size])
    padded = 10 + -(-size // 512) * 512
    assert stream.take(5) == data[padded : padded + 5]
    stream.drain()
    assert stream.offset == len(data)


@given(
    st.binary(max_size=3000),
    st.lists(st.integers(0, 700)),
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 1500)), max_size=9),
)
def test_a_look_ahead_changes_nothing(data: bytes, lengths: list[int], steps: list[tuple[int, int]]) -> None:
    stream, at = Stream(cut(data, lengths)), 0
    for length, ahead in steps:
        assert stream.offset == at
        assert stream.peek(ahead) == data[at : at + ahead]
        assert stream.offset == at
        assert stream.take(length) == data[at : at + length]
        at = min(len(data), at + length)
    stream.peek(5)
    stream.drain()
    assert stream.offset == len(data)


@given(st.binary(max_size=3000), st.lists(st.integers(0, 700)), st.integers(0, 2000))
def test_who_watches_a_body_sees_it(data: bytes, lengths: list[int], size: int) -> None:
    seen = bytearray()
    stream, plain = Stream(cut(data, lengths)), Stream(cut(data, lengths))
    try:
        expected = plain.body(size)
    except BadImageError:
        with pytest.raises(BadImageError, match="cut off"):
            stream.watched(size, seen.extend)
        return
    assert stream.watched(size, seen.extend) == expected
    assert (bytes(seen), stream.offset) == (data[:size], plain.offset)
