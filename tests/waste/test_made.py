import pytest

from shave.finding import Place
from shave.waste.made import by_layer, finding, where


def place(path: str, packed: float = 1.0, layer: int = 0) -> Place:
    return Place(path, layer, 0, 1, packed)


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["a/b"], "/a/b"),
        (["a/b/c/d", "a/b/c/e"], "2 files below /a/b/c"),
        (["a/b/c/d", "a/b/e"], "2 files below /a/b"),
        (["x", "y"], "2 files below /"),
        (["a/b/c", "d/e/f", "g/h", "i/j"], "4 files below /a/b, /d/e, /g and 1 more places"),
    ],
)
def test_where(paths: list[str], expected: str) -> None:
    assert where([place(path) for path in paths]) == expected


def test_the_largest_come_first() -> None:
    places = [place("a", 1, 2), place("b", 5, 1), place("c", 3, 2)]
    made = finding("rule", "title", places, fix="fix", confidence="likely")
    assert [each.path for each in made.places] == ["b", "c", "a"]
    assert (made.packed_bytes, made.unpacked_bytes, made.layers) == (9, 3, (1, 2))
    assert by_layer([]) == ()
