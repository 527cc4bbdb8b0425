import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.probes.noise import aligned, class_of, is_of, tokens

VARIANTS = [
    ("number", "listening on port 43121", "listening on port 8"),
    ("number", "pid=17,", "pid=1934,"),
    ("number", "ratio -0.5.", "ratio 12.25."),
    ("date", "at 2026-11-05T14:00:01.123Z ok", "at 2027-01-31T00:59:59Z ok"),
    ("date", "Date: Thu, 05 Nov 2026 14:00:01 GMT", "Date: Fri, 06 Nov 2026 00:00:00 GMT"),
    ("date", '[05/Nov/2026:14:00:01 +0000] "GET"', '[06/Nov/2026:00:00:00 +0000] "GET"'),
    ("date", "Thu Nov  5 14:00:01 2026", "Sun Dec 13 01:00:01 2026"),
    ("time", "14:00:01 INFO", "23:59:00,123 INFO"),
    ("uuid", "id 123e4567-e89b-12d3-a456-426614174000", "id 00000000-e89b-12d3-a456-42661417abcd"),
    ("hex id", "container 3f2a9b77c1d0", "container 111111111111a"),
    ("hex id", "object at 0x7f3a2b4c5d60>", "object at 0x7f0000000000>"),
    ("temporary name", "wrote /tmp/tmpabc1_2/file", "wrote /tmp/tmp.XyZ9876543/file"),
    ("temporary name", "open tmpab12cd_x", "open tmpzz12cd_y"),
    ("quantity", "took 12ms", "took 1.5s"),
    ("quantity", "ready in 1 second", "ready in 2 seconds"),
    ("quantity", "used 12.5MB.", "used 900kB."),
    ("random name", 'csrf "pQ3xk9_aLm-Z0aB1cD2e"', 'csrf "AAAAAAAAAAAAAAAAAAAAAA"'),
    ("word", "state open", "state closed"),
]


@given(st.text(st.characters(exclude_characters="\n")))
def test_nothing_is_lost_in_tokens(line: str) -> None:
    assert "".join(tokens(line)) == line


@pytest.mark.parametrize(("noise", "one", "two"), VARIANTS)
def test_what_varies_is_one_token_of_a_class(noise: str, one: str, two: str) -> None:
    found = aligned([one, two])
    assert found is not None
    assert [token.noise for token in found if token.noise] == [noise]


@pytest.mark.parametrize(("noise", "one", "two"), VARIANTS)
def test_a_class_does_not_match_a_word(noise: str, one: str, two: str) -> None:
    if noise != "word":
        assert not is_of("error", noise)


def test_the_class_is_that_of_all_texts() -> None:
    assert class_of("12345678", "1234567a") == "hex id"
    assert class_of("12345678", "87654321") == "number"
    assert class_of("yes", "no") == "word"


def test_lines_of_other_length_do_not_align() -> None:
    assert aligned(["one two", "one"]) is None


@given(st.from_regex(re.compile(r"[a-z]{1,8}( [a-z]{1,8}){0,5}"), fullmatch=True))
def test_equal_lines_have_no_noise(line: str) -> None:
    assert not any(token.noise for token in aligned([line, line]) or ())


def test_hostile_lines_take_linear_time() -> None:
    for piece in ("1:", "-", "a-", "2024-07-01T", "/tmp/", "1.", "0x", "aaaa+", "1e", "1m"):
        line = piece * 50_000
        assert "".join(tokens(line)) == line
        assert class_of(line, line + "!")
