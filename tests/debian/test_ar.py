"""ar archives, made up and broken."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debs import archive
from shave.debian import ar
from shave.errors import BadImageError

NAMES = st.text("abcdefghijklmnopqrstuvwxyz_.-", min_size=1, max_size=15)


@given(st.lists(st.tuples(NAMES, st.binary(max_size=50))))
def test_members_come_back(members: list[tuple[str, bytes]]) -> None:
    data = archive(members)
    found = list(ar.members(BytesIO(data)))
    assert [(each.name, data[each.offset : each.offset + each.size]) for each in found] == members


def test_names_may_end_in_a_slash_and_the_last_padding_may_be_missing() -> None:
    data = archive([("a/", b"1"), ("b", b"2")]).removesuffix(b"\n")
    assert [(each.name, each.size) for each in ar.members(BytesIO(data))] == [("a", 1), ("b", 1)]


@given(st.binary(max_size=200))
def test_any_bytes_are_members_or_a_reason(data: bytes) -> None:
    for each in _members_of(ar.MAGIC + data):
        assert 0 <= each.offset <= each.offset + each.size <= len(ar.MAGIC + data)


def _members_of(data: bytes) -> list[ar.Member]:
    try:
        return list(ar.members(BytesIO(data)))
    except BadImageError as error:
        assert str(error)
        return []


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"PK\x03\x04", "it is no ar archive"),
        (archive([("a", b"12")])[:-1], "its member 'a' at offset 8 is cut off"),
        (archive([("a", b"12")])[:30], "no header of a member stands at offset 8"),
        (archive([("a", b"12")]).replace(b"2         `", b"-2        `"), "no header of a member stands at offset 8"),
    ],
)
def test_what_is_wrong(data: bytes, why: str) -> None:
    with pytest.raises(BadImageError) as raised:
        list(ar.members(BytesIO(data)))
    assert str(raised.value) == why
