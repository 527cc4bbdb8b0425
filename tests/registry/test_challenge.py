"""The grammar of RFC 9110, 11.6.1, and what servers make of it."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.registry import challenge
from shave.registry.challenge import Challenge, challenges

HUB = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"'


@pytest.mark.parametrize(
    ("field", "found"),
    [
        (HUB, [("bearer", {"realm": "https://auth.docker.io/token", "service": "registry.docker.io"})]),
        ('Basic realm="a \\"b\\", c"', [("basic", {"realm": 'a "b", c'})]),
        ("Negotiate, Basic realm=x", [("negotiate", {}), ("basic", {"realm": "x"})]),
        ("NTLM TlRMTVNTUAAB==, BASIC Realm = x", [("ntlm", {}), ("basic", {"realm": "x"})]),
        ("Basic", [("basic", {})]),
        ("Bearer realm=https://a/token?b=c,service=d", [("bearer", {"realm": "https://a/token?b=c", "service": "d"})]),
        (",, Basic ,realm=a,,", [("basic", {"realm": "a"})]),
        ("Basic realm=a, realm=b", [("basic", {"realm": "a"})]),
        ('Basic realm="never ends', [("basic", {}), ("realm", {})]),
        ("", []),
        ("=", []),
    ],
)
def test_fields(field: str, found: list[tuple[str, dict[str, str]]]) -> None:
    read = [
        (one.scheme, {name: text for name, text in one.parameters.items() if name != "scope"})
        for one in challenges([field])
    ]
    assert read == found


def test_a_scope_keeps_its_commas() -> None:
    assert challenges([HUB])[0].parameters["scope"] == "repository:a/b:pull,push"


def test_several_fields_are_one_list() -> None:
    assert challenges(["Basic realm=a", "Bearer realm=b"]) == (
        Challenge("basic", {"realm": "a"}),
        Challenge("bearer", {"realm": "b"}),
    )


@given(st.text(st.sampled_from('ab ="\\,;\t/é'), max_size=60))
def test_anything_ends_without_a_crash(field: str) -> None:
    for found in challenges([field]):
        assert found.scheme == found.scheme.lower()


TOKENS = st.text(st.sampled_from("abcXYZ019-_.~"), min_size=1, max_size=8)
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)


@given(st.lists(st.tuples(TOKENS, st.dictionaries(TOKENS.map(str.lower), VALUES, max_size=4)), max_size=4))
def test_what_is_written_by_the_grammar_is_read(written: list[tuple[str, dict[str, str]]]) -> None:
    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    texts = [f"{scheme} " + ", ".join(f"{k}={quoted(v)}" for k, v in p.items()) for scheme, p in written]
    assert [(one.scheme, one.parameters) for one in challenges([", ".join(texts)])] == [
        (scheme.lower(), parameters) for scheme, parameters in written
    ]


def test_doctest() -> None:
    assert doctest.testmod(challenge).failed == 0
