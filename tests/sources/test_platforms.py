"""Platforms: which fits, which fits best."""

import pytest

from shave.errors import CannotError
from shave.machine import host
from shave.oci import Platform
from shave.sources.platforms import distance, pick


@pytest.mark.parametrize(
    ("wanted", "offered", "far"),
    [
        (("amd64", ""), ("amd64", ""), 0),
        (("amd64", ""), ("amd64", "v3"), None),
        (("amd64", "v3"), ("amd64", "v2"), 1),
        (("arm64", ""), ("arm64", "v8"), 0),
        (("arm", ""), ("arm", "v7"), 0),
        (("arm", ""), ("arm", "v6"), 1),
        (("arm", "v6"), ("arm", "v7"), None),
        (("arm64", ""), ("arm", "v7"), None),
        (("amd64", "strange"), ("amd64", ""), 0),
    ],
)
def test_distance(wanted: tuple[str, str], offered: tuple[str, str], far: int | None) -> None:
    assert distance(Platform(wanted[0], "linux", wanted[1]), Platform(offered[0], "linux", offered[1])) == far


def test_pick() -> None:
    offers = [(Platform("arm", "linux", variant), variant) for variant in ("v5", "v7", "v6")]
    assert pick(offers, Platform("arm", "linux"), "it") == "v7"
    assert pick(offers, Platform("arm", "linux", "v6"), "it") == "v6"
    assert pick(offers[:1], None, "it") == "v5"
    assert pick([*offers, (host(), "ours")], None, "it") == "ours"
    with pytest.raises(CannotError, match="it has no image for windows/arm; it has: linux/arm/v5, linux/arm/v6"):
        pick(offers, Platform("arm", "windows"), "it")
