"""What the values are is what BuildKit's own lexer (0.34, frontend/dockerfile/shell) gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.dockerfile.lexer import MAX_VALUE, expand

_VALUES = {"X": "foo/bar.tar.gz", "EMPTY": "", "A": "abcabc"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("$X ${X}", "foo/bar.tar.gz foo/bar.tar.gz"),
        ("a'$X'\"$A\"", "a$Xabcabc"),
        ("\\$X \\a '\\'", "$X a \\"),
        ('"\\$X \\a \\""', '$X \\a "'),
        ("$Z.${Z}", "."),
        ("${Z:-y}${EMPTY:-y}${EMPTY-n}${A:-n}", "yyabcabc"),
        ("${Z:+n}${EMPTY:+n}${EMPTY+y}${A:+y}", "yy"),
        ("${Z:-${Y:-$A}}", "abcabc"),
        ("${Z:-'a b'}", "a b"),
        ("${X#*/} ${X##*a} ${X%.*} ${X%%.*}", "bar.tar.gz r.gz foo/bar.tar foo/bar"),
        ("${A#?b} ${A%c*} ${A%%b*} ${A#x}", "cabc abcab a abcabc"),
        ("${X/\\//_} ${A/b/-} ${A//b/-} ${A/b*/}", "foo_bar.tar.gz a-cabc a-ca-c a"),
        ("${X/./$A}", "foo/barabcabctar.gz"),
        ("$1 $@x $", " x $"),
        ("${Z?message}", None),
        ("${A?message}", "abcabc"),
        ("${A:#x}", None),
        ("${A^}", None),
        ("${A", None),
        ("${}", None),
        ("'a", None),
        ('"a', None),
        ("${A#\\x}", None),
    ],
)
def test_expand(text: str, value: str | None) -> None:
    assert expand(text, _VALUES) == value


def test_the_escape_directive_counts() -> None:
    assert expand("c:\\x`$X", {"X": "1"}, "`") == "c:\\x$X"


def test_values_do_not_grow_without_end() -> None:
    assert expand("$X$X", {"X": "x" * MAX_VALUE}) is None
    assert expand("${X#*a*a*a*a*a*a*b}", {"X": "a" * 4000}) == "a" * 4000
    assert expand("${X:-" * 10_000, {}) is None


@given(st.text(alphabet="$${{}}XAZ:-+?#%/\\'\"`*. ab<"))
def test_every_text_has_a_value_or_none(text: str) -> None:
    value = expand(text, _VALUES)
    assert value is None or isinstance(value, str)
