import re
from xml.etree import ElementTree

import pytest
from syrupy.assertion import SnapshotAssertion

from shave.views.lab.html.plot import Axis, Point, axis, plot

POINTS = [
    Point("c.gcc", 267_100_000, 0.021, False),
    Point("c.static", 380_000, 0.012, True),
    Point("c.upx", 386_000, 0.0263, False),
    Point("c.quick", 2_300_000, 0.004, True),
]


def test_a_drawing(snapshot: SnapshotAssertion) -> None:
    assert plot("c", POINTS) == snapshot


def test_better_is_to_the_left_and_down() -> None:
    dots = re.findall(r'<circle class="dot[^"]*" cx="([\d.]+)" cy="([\d.]+)".*?<title>([^:]+)', plot("c", POINTS))
    places = {name: (float(across), float(up)) for across, up, name in dots}
    assert places["c.static"][0] < places["c.upx"][0] < places["c.gcc"][0]
    assert places["c.quick"][1] > places["c.static"][1] > places["c.gcc"][1] > places["c.upx"][1]


@pytest.mark.parametrize("values", [[1.0], [10.0, 11.0], [1.0, 1e9], [4_000.0, 800e6], [0.003, 70.0]])
def test_an_axis_has_room_and_a_few_ticks(values: list[float]) -> None:
    made = axis(values, 0, 100)
    assert all(0 < made.at(value) < 100 for value in values)
    assert 2 <= len(made.ticks()) <= 12


def test_an_axis_may_go_up() -> None:
    assert Axis(1, 100, 200, 0).at(10) == 100


def test_of_names_on_one_place_the_best_is_shown() -> None:
    crowd = [Point(f"name-{number}", 1000, 0.1, number == 3) for number in range(6)]
    names = re.findall(r'class="name"[^>]*>([^<]+)', plot("crowd", crowd))
    assert names[0] == "name-3" and len(names) == 2


def test_names_are_text() -> None:
    made = plot('<b>"', [Point("<script>", 1, 0.1, True), Point("a\nb", 9, 0.2, False)])
    assert "<script>" not in made and "<b>" not in made
    ElementTree.fromstring(made)
