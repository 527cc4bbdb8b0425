from hypothesis import given
from hypothesis import strategies as st

from shave.verbs.pull import MODEL, Link, seconds

LAYERS = st.lists(st.integers(0, 10**9), max_size=12)
LINKS = st.builds(Link, st.integers(1, 10**11), st.floats(0, 10))
MORE = st.integers(0, 10**9)


@given(LAYERS, MORE, LINKS, st.data(), MORE)
def test_more_bytes_are_never_faster(
    layers: list[int], documents: int, link: Link, data: st.DataObject, more: int
) -> None:
    before = seconds(layers, documents, link)
    assert seconds(layers, documents + more, link) >= before
    if layers:
        at = data.draw(st.integers(0, len(layers) - 1))
        assert seconds([*layers[:at], layers[at] + more, *layers[at + 1 :]], documents, link) >= before
        assert seconds([*layers[:at], *layers[at + 1 :]], documents, link) <= before


@given(LAYERS, MORE, LINKS, st.floats(0, 10), MORE)
def test_a_worse_link_is_never_faster(layers: list[int], documents: int, link: Link, later: float, more: int) -> None:
    before = seconds(layers, documents, link)
    assert seconds(layers, documents, Link(link.bits_per_second, link.rtt_seconds + later)) >= before
    assert seconds(layers, documents, Link(link.bits_per_second + more, link.rtt_seconds)) <= before


@given(LAYERS, MORE, LINKS)
def test_bounds(layers: list[int], documents: int, link: Link) -> None:
    found = seconds(layers, documents, link)
    wire = (sum(layers) + documents) * 8 / link.bits_per_second
    unpacking = sum(layers) / MODEL.unpack_packed_bytes_per_second
    rounds = MODEL.round_trips + -(-len(layers) // MODEL.at_once)
    slack = 1e-9 * (1 + found)
    assert found >= max(wire + rounds * link.rtt_seconds, unpacking) - slack
    assert found <= wire + rounds * link.rtt_seconds + unpacking + slack


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=12))
def test_a_slow_link_is_all_that_counts(layers: list[int]) -> None:
    slow = Link(1, 0.05)
    assert 1 <= seconds(layers, 0, slow) / (8 * sum(layers)) < 1.1


def test_an_image_that_is_there_costs_its_documents() -> None:
    assert seconds([], 1000, Link(8000, 0.1)) == 1 + 5 * 0.1


def test_three_layers_wait_together() -> None:
    link = Link(10**12, 1)
    assert [round(seconds([1] * count, 0, link)) for count in (0, 1, 3, 4, 6, 7)] == [5, 6, 6, 7, 7, 8]


def test_unpacking_overlaps_with_what_still_comes() -> None:
    rate = MODEL.unpack_packed_bytes_per_second
    link = Link(8 * rate, 0)
    assert seconds([rate, rate, rate], 0, link) == 4
    assert seconds([3 * rate], 0, link) == 6
