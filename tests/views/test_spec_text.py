"""Specs written as files say the same when they are read."""

import tomllib

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shave.spec import Copy, ImageOptions, Spec, User
from shave.views.spec_text import spec_text

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SPECS = st.builds(
    Spec,
    suite=TEXT,
    packages=st.lists(TEXT, max_size=30).map(tuple),
    users=st.lists(st.builds(User, TEXT, st.integers(0, 99), home=TEXT), max_size=2).map(tuple),
    copies=st.lists(st.builds(Copy, TEXT, image=TEXT, paths=st.tuples(TEXT), closure=st.booleans()), max_size=2).map(
        tuple
    ),
    image=st.builds(ImageOptions, cmd=st.tuples(TEXT, TEXT), env=st.dictionaries(TEXT, TEXT, max_size=3)),
)


@given(SPECS)
def test_any_spec_is_read_as_it_was_written(spec: Spec) -> None:
    assert msgspec.convert(tomllib.loads(spec_text(spec, "title")), Spec) == spec


def test_what_is_as_by_default_is_not_said() -> None:
    text = spec_text(Spec(suite="bookworm", packages=("nginx",)), "for x")
    assert (
        text == '# for x\n\nsuite = "bookworm"\n# what a run used, but for what these depend on\npackages = ["nginx"]\n'
    )
