"""Packages files: found by name what a reading of everything finds."""

from hypothesis import given
from hypothesis import strategies as st

from shave.deb822 import paragraphs
from shave.debian.packages_index import PackagesIndex

TEXT = """\
Package: lib
Version: 1

Package: lib
Version: 2
Provides: single (= 1), other

Package: libother
Description: x
 Package: lib
Provides: singled, a, single
"""


def test_by_name() -> None:
    index = PackagesIndex(TEXT.encode())
    assert [fields["version"] for fields in index.named("lib")] == ["1", "2"]
    assert list(index.named("li")) == []
    assert sorted(index.names) == ["lib", "libother"]


def test_who_provides() -> None:
    index = PackagesIndex(TEXT.encode())
    assert index.providers("single") == ("lib", "libother")
    assert index.providers("other") == ("lib",)
    assert index.providers("sing") == ()
    assert index.providers("a") == ("libother",)


def test_nothing() -> None:
    assert list(PackagesIndex(b"").names) == list(PackagesIndex(b"no package\n").names) == []


NAMES = st.text("abc+-.1", min_size=1, max_size=4)


@given(st.lists(st.tuples(NAMES, st.text("xyz \t:", max_size=9)), max_size=6))
def test_the_same_as_reading_all(rows: list[tuple[str, str]]) -> None:
    text = "\n".join(f"Package: {name}\nVersion: {number}\nNote: {note}\n" for number, (name, note) in enumerate(rows))
    index = PackagesIndex(text.encode())
    for name in {name for name, _ in rows}:
        assert list(index.named(name)) == [fields for fields in paragraphs(text) if fields["package"] == name]


@given(st.binary(), st.text())
def test_any_bytes(data: bytes, name: str) -> None:
    index = PackagesIndex(b"Package: " + data)
    assert [*index.names]
    assert index.providers(name) is not None
    assert list(index.named(name)) is not None
