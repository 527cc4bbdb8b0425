"""What entries cost with their headers: together what the layer does, whatever is in it."""

import pytest

from shave.catalog.explained import explain
from shave.events import silent
from shave.finding import Place
from shave.testing import Directory, image, random_image
from shave.verbs.lint_places import Places


@pytest.mark.parametrize("seed", range(20))
def test_all_entries_together_cost_what_the_layer_does_but_its_end(seed: int) -> None:
    made = explain(random_image(seed), silent)
    places = Places(made)
    for number, layer in enumerate(made.survey.layers):
        found = list(places.within(number, lambda path: True))
        entries = layer.index.entries
        last = max((place.offset + place.unpacked_bytes for place in found), default=0)
        until = -(-max(last, 512 * len(entries)) // 512) * 512
        cost = sum(place.packed_bytes for place in found)
        assert len(found) == len(entries)
        assert cost == pytest.approx(layer.positions.between(0, until), rel=0.02, abs=64)
        assert len({place.path for place in found}) == len(found)


def test_a_directory_costs_its_header_and_no_body() -> None:
    made = explain(image({f"cache/{number}": Directory() for number in range(2000)}), silent)
    found = list(Places(made).within(0, lambda path: path.startswith("cache/")))
    assert {place.unpacked_bytes for place in found} == {0}
    assert sum(place.packed_bytes for place in found) > 2000


def test_a_body_is_found_with_its_header_by_its_offset() -> None:
    made = explain(image({"a": b"x" * 5000, "b": b"y"}), silent)
    places = Places(made)
    whole = places.layer(0)["a"]
    body = Place("a", 0, whole.offset, 5000, 1.0)
    assert places.of(body) == whole
    elsewhere = Place("a", 0, whole.offset + 512, 5000, 1.0)
    assert places.of(elsewhere) == elsewhere
