"""Bounds of what one catalogue reads."""

import pytest

from catalogs import Memory
from shave.catalog import reading
from shave.catalog.reading import Reading
from shave.errors import BadImageError
from shave.package import Unread


def test_text_of_what_is_there() -> None:
    files = Reading(Memory({"a/b": b"x\xff", "c": b""}))
    assert (files.text("/a/b"), files.text("a/c"), files.text("a"), files.text("c")) == ("x\udcff", "", "", "")


def test_one_record_has_a_bound() -> None:
    files = Reading(Memory({"a": b"12345"}))
    with pytest.raises(BadImageError, match="it has 5 bytes, more than any of its kind"):
        files.data("a", 4)


def test_all_records_and_lists_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ALL", 1000)
    files = Reading(Memory({"a": b"1" * 400}))
    why = Unread("a", "all records of its kind have more than 0 MiB")
    assert [files.attempt("a", files.text) for _ in range(3)] == ["1" * 400, "1" * 400, why]
    assert files.attempt("a", lambda _: Reading(Memory({})).owned(map(str, range(99)))) == why


def test_paths_of_records_are_real_and_no_longer_than_a_kernel_takes() -> None:
    files = Reading(Memory({"a/b": b""}))
    assert files.listed(["/../a/./b", "a//b", "/", "", "x" * 5000, "z"]) == ("a/b", "z")


def test_what_is_below_a_directory() -> None:
    files = Reading(Memory({"a/b/c": b"", "a/d": b"", "a-b": b""}))
    assert sorted(files.below("a")) == ["a", "a/b", "a/b/c", "a/d"]
    assert sorted(files.below("a", {"a/b"})) == ["a", "a/d"]
    assert list(files.below("none")) == []
