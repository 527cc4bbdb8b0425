from shlex import split

from hypothesis import given
from hypothesis import strategies as st

from shave.globs import matcher
from shave.verbs.keeping import keep_below, keep_path, keep_unit

PATHS = st.lists(st.text(st.characters(blacklist_characters="/\0"), min_size=1), min_size=1).map("/".join)


@given(PATHS)
def test_a_path_is_meant_whatever_it_is_called(path: str) -> None:
    option, glob = split(keep_path(path))
    assert option == "--keep" and matcher((glob,))(path) and not matcher((glob,))(f"{path}x")
    assert matcher((split(keep_below(path))[1],))(f"{path}/child")


def test_the_root_and_units() -> None:
    assert keep_below("") == "--keep '/**'"
    assert keep_unit("python:a b") == "--keep-unit 'python:a b'"
