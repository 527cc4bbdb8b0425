import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.globs import expression, matcher

MATCHES = [
    ("etc/**", "etc/a/b"),
    ("/etc/**", "etc/a"),
    ("etc/", "etc/a/b"),
    ("usr/*/x", "usr/lib/x"),
    ("**/site-packages/**", "opt/venv/lib/python3.11/site-packages/flask/app.py"),
    ("**/x", "x"),
    ("**.so", "usr/lib/libz.so"),
    ("a?c", "abc"),
    ("[ab]c", "bc"),
    ("[!ab]c", "cc"),
    ("{root,home/*}/.cache/**", "home/me/.cache/pip/x"),
    ("{root,home/*}/.cache/**", "root/.cache/pip/x"),
    ("a.b", "a.b"),
]
MISSES = [
    ("etc/**", "etc"),
    ("usr/*/x", "usr/a/b/x"),
    ("a?c", "a/c"),
    ("[!ab]c", "/c"),
    ("a.b", "axb"),
    ("*.py", "lib/x.py"),
    ("**.so", "usr/lib/libz.so.1"),
]


@pytest.mark.parametrize(("glob", "path"), MATCHES)
def test_matches(glob: str, path: str) -> None:
    assert matcher([glob])(path)


@pytest.mark.parametrize(("glob", "path"), MISSES)
def test_misses(glob: str, path: str) -> None:
    assert not matcher([glob])(path)


def test_no_globs_match_nothing() -> None:
    assert not matcher([])("")


@given(st.text())
def test_every_text_is_a_valid_glob(text: str) -> None:
    re.compile(expression(text))


@given(st.text(alphabet=st.characters(exclude_characters="*?[]{}/"), min_size=1))
def test_plain_text_matches_itself_only(text: str) -> None:
    assert matcher([text])(text)
    assert not matcher([text])(text + "x")


PARTS = st.lists(
    st.sampled_from(["**", "*", "?", "/", "a", "b", ".", "{a,b}", "{a/b,b}", "[ab]", "{", "}", "[", "]", ","])
)


@given(st.lists(PARTS.map("".join), max_size=3), st.text("ab/.{}[]", max_size=8))
@pytest.mark.filterwarnings("ignore:Possible")
def test_many_globs_match_what_each_of_them_matches(globs: list[str], path: str) -> None:
    each = (re.compile(expression(glob), re.DOTALL).fullmatch(path) for glob in globs)
    assert matcher(globs)(path) == any(each)
