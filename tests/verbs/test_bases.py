"""How a base image is found."""

import pytest
from msgspec.structs import replace

from shave.errors import UsageError
from shave.image import Image
from shave.oci import BASE_DIGEST, BASE_NAME, HistoryEntry
from shave.testing import image
from shave.verbs.bases import base
from shave.verbs.inspected import Base

LAYERS = {"/a": b"1"}, {"/b": b"2"}, {"/c": b"3"}


def with_history(made: Image, *texts: str) -> Image:
    history = tuple(HistoryEntry(created_by=text, empty_layer=text.startswith("CMD")) for text in texts)
    return replace(made, config=replace(made.config, history=history))


def test_by_given_image() -> None:
    made = image(*LAYERS)
    given = replace(image(*LAYERS[:2]), reference="oci:base")
    assert base(made, given) == Base("oci:base", given.manifest_digest, 2, "layers")
    other = image(LAYERS[0], {"/other": b""})
    assert base(made, other) == Base(other.reference, other.manifest_digest, 1, "layers")
    with pytest.raises(UsageError, match="does not begin with a layer of"):
        base(made, image(LAYERS[1]))


def test_by_what_the_image_says() -> None:
    made = image(*LAYERS)
    assert base(made) is None
    annotated = replace(made, manifest=replace(made.manifest, annotations={BASE_NAME: "debian:12"}))
    assert base(annotated) == Base("debian:12", "", 0, "annotation")
    run = replace(made.config.run, labels={BASE_NAME: "alpine", BASE_DIGEST: "sha256:1"})
    assert base(replace(made, config=replace(made.config, config=run))) == Base("alpine", "sha256:1", 0, "label")


def test_by_history() -> None:
    made = with_history(image(*LAYERS), "ADD rootfs.tar /", 'CMD ["sh"]', "RUN x", "COPY . /", 'CMD ["app"]')
    assert base(made) == Base("", "", 1, "history")
