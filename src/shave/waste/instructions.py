"""What kind of instruction wrote some layers, so that a fix can be said in its words."""

from collections.abc import Iterable

from shave.catalog.explained import Explained
from shave.history import layer_instructions


def all_copied(image: Explained, layers: Iterable[int]) -> bool:
    """Whether COPY or ADD wrote all of the layers."""
    made = layer_instructions(image.survey.image.config)
    return all(made[layer].startswith(("COPY", "ADD")) for layer in layers)
