"""What is known of the image that was built from a Dockerfile: read once, its steps matched with its layers."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from shave.catalog.explained import explain
from shave.errors import UsageError
from shave.events import Remark, Sink
from shave.image import Image
from shave.recipe import Recipe
from shave.rules.known import BuiltImage
from shave.store import unpack
from shave.verbs.lint_layers import Made, made


def built(recipe: Recipe, image: Image, directory: Path, sink: Sink) -> BuiltImage:
    """The image with the layer of each step; ``directory`` is for its layers if a rule asks for files.

    Raises UsageError for an image that was not built from this Dockerfile, BadImageError for a broken one.
    """
    found = made(recipe, image)
    for text in _remarks(recipe, image, found):
        sink(Remark(text, "warning"))
    return BuiltImage(explain(image, sink), found.layers, found.differing, partial(unpack, image, directory, sink))


def matched(recipe: Recipe, image: BuiltImage) -> BuiltImage | None:
    """The image with the layers of the steps of a text that was edited since; None if little of it is the same."""
    try:
        found = made(recipe, image.explained.survey.image)
    except UsageError:
        return None
    return BuiltImage(image.explained, found.layers, found.differing, lambda: image.files)


def _remarks(recipe: Recipe, image: Image, found: Made) -> Iterator[str]:
    lines = [str(recipe.steps[number].instruction.line) for number in found.differing]
    if lines and not found.layers:
        yield f"{image.reference} is squashed with its base: what findings cost is estimated"
    elif lines:
        where = f"line {lines[0]}: what this costs" if len(lines) == 1 else f"lines {', '.join(lines)}: what these cost"
        yield f"{image.reference} was built from another text of {where} is estimated"
    if found.shared:
        yield f"{image.reference} is squashed: {len(found.shared)} instructions share a layer"
