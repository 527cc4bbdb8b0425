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
