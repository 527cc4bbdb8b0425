"""What each line of a Dockerfile costs, in the layers of the image that was built from it."""

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct

from shave.recipe import Recipe, Step
from shave.rules.known import BuiltImage
from shave.verbs.costs import unpacked_bytes
from shave.verbs.inspect import packed_bytes

_LONGEST = 200


class LineCost(Struct, frozen=True):
    """The layers of the instructions at these lines, which are several only where a build squashed them; none where
    nobody knows whose layers they are.

    ``text`` is the first line of the first of them. That of a FROM are all layers of the base.
    """

    lines: tuple[int, ...]
    text: str
    packed_bytes: int
    unpacked_bytes: int


def line_costs(recipe: Recipe, image: BuiltImage) -> tuple[LineCost, ...]:
    """Together all layers of the image, the dearest first; instructions without a layer are not there."""
    steps: dict[int, list[int]] = defaultdict(list)
    for number, layer in sorted(image.layers.items()):
        steps[layer].append(number)
    lowest = min(recipe.shipped, default=-1)
    base = [step.number for step in recipe.steps if step.keyword == "FROM" and step.stage == lowest]
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for layer in range(len(image.explained.survey.layers)):
        groups[tuple(base if layer < image.base_layers else steps[layer])].append(layer)
    rows = (_row([recipe.steps[number] for number in numbers], groups[numbers], image) for numbers in groups)
    return tuple(sorted(rows, key=lambda row: (-row.packed_bytes, -row.unpacked_bytes, row.lines)))


def _row(steps: Sequence[Step], layers: Sequence[int], image: BuiltImage) -> LineCost:
    survey, unpacked = image.explained.survey, image.explained.once(unpacked_bytes)
    return LineCost(
        tuple(step.instruction.line for step in steps),
        _text(steps[0]) if steps else "",
        sum(packed_bytes(survey, layer) for layer in layers),
        sum(unpacked[layer] for layer in layers),
    )


def _text(step: Step) -> str:
    first = step.file.text[step.start : step.start + _LONGEST].partition(b"\n")[0]
    return " ".join(first.decode("utf-8", "replace").rstrip().removesuffix("\\").split())
