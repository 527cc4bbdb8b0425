"""Bytes by line: all of the image, each layer once."""

from random import Random

from shave import recipe
from shave.catalog.explained import explain
from shave.events import silent
from shave.rules.known import BuiltImage
from shave.testing import image
from shave.verbs.lint_lines import LineCost, line_costs

CHANCE = Random(8)
TEXT = (
    b"FROM a AS first\nRUN one\nFROM x AS base\nENV A=1\n# why\nRUN two \\\n  && more\nFROM base\nCOPY . .\nRUN three\n"
)


def costs(layers: dict[int, int], *sizes: int, text: bytes = TEXT) -> tuple[LineCost, ...]:
    made = explain(image(*[{f"f{number}": CHANCE.randbytes(size)} for number, size in enumerate(sizes)]), silent)
    return line_costs(recipe.read(text), BuiltImage(made, layers))


def test_each_instruction_costs_its_layer_and_from_the_base() -> None:
    found = costs({4: 2, 6: 3, 7: 4}, 3000, 4000, 1000, 9000, 500)
    assert [(each.lines, each.text, each.unpacked_bytes) for each in found] == [
        ((9,), "COPY . .", 9000),
        ((3,), "FROM x AS base", 7000),
        ((6,), "RUN two", 1000),
        ((10,), "RUN three", 500),
    ]
    assert all(each.packed_bytes >= each.unpacked_bytes for each in found)


def test_what_nobody_knows_the_line_of_is_there_too() -> None:
    assert [(each.lines, each.unpacked_bytes) for each in costs({4: 1, 7: 3}, 10, 20, 3000, 40)] == [
        ((), 3000),
        ((10,), 40),
        ((6,), 20),
        ((3,), 10),
    ]


def test_a_squashed_build_has_one_layer_of_several_lines() -> None:
    assert [(each.lines, each.unpacked_bytes) for each in costs({4: 1, 6: 1, 7: 1}, 10, 2000)] == [
        ((6, 9, 10), 2000),
        ((3,), 10),
    ]


def test_an_image_without_layers() -> None:
    assert costs({}, text=b"") == ()
