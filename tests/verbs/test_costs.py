import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shave.catalog.explained import explain
from shave.events import silent
from shave.testing import Hardlink, Whiteout, image, random_image
from shave.verbs.costs import Bytes, cost, growth, unit_bytes


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def test_a_file_costs_at_the_first_name_that_shows() -> None:
    found = explain(image({"a": b"1" * 9, "b": Hardlink("a"), "c": Hardlink("a")}, {"a": Whiteout()}), silent)
    assert {path: cost(found, node).unpacked_bytes for path, node in found.survey.tree.nodes.items()} == {
        "": 0,
        "b": 9,
        "c": 0,
    }
    assert cost(found, None) == Bytes()


@settings(max_examples=25)
@given(st.integers(0, 100))
def test_all_units_together_are_the_content(seed: int) -> None:
    found = explain(random_image(seed), silent)
    assert sum(each.unpacked_bytes for each in unit_bytes(found).values()) == found.survey.tree.content_bytes


def test_growth() -> None:
    assert growth(Bytes(5, 7), Bytes(3, 10)) == Bytes(-2, 3)
