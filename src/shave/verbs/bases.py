"""The image that another was built on, by what it says of itself, by a given one, or by its history."""

from shave.errors import UsageError
from shave.history import base_layers
from shave.image import Image
from shave.oci import BASE_DIGEST, BASE_NAME
from shave.verbs.inspected import Base


def base(image: Image, given: Image | None = None) -> Base | None:
    """The base image, None if nothing tells. With ``given``, how many layers both begin with.

    Raises UsageError for a given image that shares none.
    """
    if given:
        return _matched(image, given)
    layers = base_layers(image.config)
    places: tuple[tuple[dict[str, str], str], ...] = (
        (image.manifest.annotations, "annotation"),
        (image.config.run.labels or {}, "label"),
    )
    for said, found_by in places:
        if BASE_NAME in said or BASE_DIGEST in said:
            return Base(said.get(BASE_NAME, ""), said.get(BASE_DIGEST, ""), layers, found_by)  # type: ignore[arg-type]
    return Base("", "", layers, "history") if layers else None


def _matched(image: Image, given: Image) -> Base:
    pairs = zip((layer.diff_id for layer in image.layers), (layer.diff_id for layer in given.layers), strict=False)
    shared = 0
    for ours, theirs in pairs:
        if ours != theirs:
            break
        shared += 1
    if not shared:
        hint = "give the image of its FROM line, for the same platform and not newer than the build"
        raise UsageError(f"{image.reference} does not begin with a layer of {given.reference}", hint)
    return Base(given.reference, given.manifest_digest if given.packed else "", shared, "layers")


def layers_of_base(image: Image, found: Base | None) -> int:
    """How many of the lowest layers count as the base's: where nothing tells, one of several, as dive takes it."""
    return found.layers if found and found.layers else int(len(image.layers) > 1)
