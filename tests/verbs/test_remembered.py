"""Asking again."""

from typing import BinaryIO

import pytest
from msgspec.structs import replace

from shave.image import Image
from shave.testing import image
from shave.verbs.remembered import look, recall

LAYERS = {"/a": b"1" * 100_000}, {"/b": b"2"}


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def unreadable(made: Image) -> Image:
    """The same image, elsewhere, with layers that nobody may read."""

    def refuse() -> BinaryIO:
        raise AssertionError("it was read")

    return replace(made, reference="oci:other", layers=tuple(replace(layer, open=refuse) for layer in made.layers))


def test_the_second_time_nothing_is_read() -> None:
    made = image(*LAYERS)
    assert recall(made) is None
    found = look(made)
    again = look(unreadable(made))
    assert again.next == "shave slim oci:other --dry-run"
    assert replace(again, reference=found.reference, next=found.next) == found


def test_another_base_is_another_question() -> None:
    made, given = image(*LAYERS), replace(image(LAYERS[0]), reference="oci:base")
    assert look(made, given).base != look(made).base
    assert look(made, given) == look(made, given)


def test_another_image_is_another_question() -> None:
    look(image(*LAYERS))
    assert recall(image(LAYERS[0])) is None
    assert recall(image(*LAYERS, compression="none")) is None


def test_names_that_are_not_text_are_not_remembered() -> None:
    made = image({"/\udcff/caf\udce9": b"x" * 200_000, "/\udcff/b": b"x" * 200_000})
    assert look(made) == look(made)
