"""Versions in the order that dpkg has."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shave.debian.version import key, satisfies

VERSIONS = st.from_regex(r"([0-9]:)?[0-9][0-9a-zA-Z.+~]{0,6}(-[0-9a-zA-Z.+~]{1,4})?", fullmatch=True)


def test_versions_sort() -> None:
    ordered = ["1~~", "1~rc1", "1", "1a", "1+b1", "1.0", "1.0-1~bpo", "1.0-1", "1.0-1.1", "1.2", "1.10", "1:0"]
    assert sorted(set(ordered), key=key) == ordered


def test_no_revision_is_the_revision_zero() -> None:
    assert satisfies("1.0-0", "=", "1.0") and satisfies("1.0", ">=", "1.0-00")


def test_digits_may_be_many() -> None:
    assert key("9" * 5000) < key("1" + "0" * 5000)


@pytest.mark.oracle
@settings(max_examples=150)
@given(VERSIONS, VERSIONS, st.sampled_from(["<<", "<=", "=", ">=", ">>", "<", ">"]))
def test_dpkg_says_the_same(one: str, other: str, relation: str) -> None:
    command = ["dpkg", "--force-bad-version", "--compare-versions", one, relation, other]
    assert satisfies(one, relation, other) == (subprocess.run(command, capture_output=True).returncode == 0)


def test_an_unknown_relation_holds_for_nothing() -> None:
    assert satisfies("1", "", "2")
    assert not satisfies("1", "==", "1")
