"""What a previous result spares a node."""

import pytest
from msgspec.structs import replace

from shave.errors import CannotError
from shave.testing import image
from shave.verbs.reuse import ReusedLayer, require_platform, reuse

BIG = b"0123456789abcdef" * 1000


def test_what_a_node_pulls() -> None:
    before, after = image({"a": BIG}, {"b": b"1"}, {"c": b"1"}), image({"a": BIG}, {"b": b"2"}, {"c": b"1"})
    first, second, third = after.manifest.layers
    found = reuse(before, after)
    assert found.layers == (ReusedLayer(0, first.digest, first.size), ReusedLayer(2, third.digest, third.size))
    assert (found.previous, found.pull_bytes) == (before.reference, second.size)


def test_a_layer_that_is_listed_twice_is_pulled_once() -> None:
    after = image({"a": BIG}, {"a": BIG})
    assert reuse(image({"b": b""}), after).pull_bytes == after.manifest.layers[0].size


def test_an_image_without_packed_layers_is_known_by_its_diff_ids() -> None:
    before, after = replace(image({"a": BIG}, compression="none"), packed=False), image({"a": BIG})
    assert len(reuse(before, after).layers) == 1
    assert not reuse(image({"a": BIG}, compression="zstd"), after).layers


def test_another_platform() -> None:
    with pytest.raises(CannotError, match=r"is for linux/arm64, .* for linux/amd64"):
        require_platform(image({}), image({}, architecture="arm64"))
    require_platform(image({}), image({}))
