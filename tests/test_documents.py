import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.documents import document, parse
from shave.plan import Dropped


@given(st.binary().map(lambda data: data.decode("utf-8", "surrogateescape")), st.sampled_from([0, 1]))
def test_every_path_survives(path: str, indent: int) -> None:
    value = Dropped(path, 1, "not used")
    assert parse(document("x", value, indent), "x", Dropped) == value


@pytest.mark.parametrize("data", [b"[]", b"{}", b"nothing", b'{"schema":"shave.y/v1"}', b'{"schema":"shave.x/v1"}'])
def test_what_is_no_such_document(data: bytes) -> None:
    with pytest.raises(ValueError):
        parse(data, "x", Dropped)
