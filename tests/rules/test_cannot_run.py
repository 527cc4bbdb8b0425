"""What Dockerfiles of the labs that ship show of images that do not start, and no alarm for the others."""

from pathlib import Path

import pytest

from shave import lab_file
from shave.lab import DockerfileBuild, Variant
from shave.recipe import read
from shave.rules.cannot_run import look
from shave.rules.known import NOTHING

LABS = Path(__file__).parents[2] / "examples/labs"
SHOWN = frozenset({"shell-missing", "loader-missing"})
"""Causes that the text of a Dockerfile may show."""
UNSHOWN = frozenset({"c.musl.debian", "hello.self-contained.scratch", "web.self-contained.scratch"})
"""What is copied was linked by others, or by a compiler of another library than the stage's."""


def variants() -> list[Variant]:
    found = [variant for lab in ("hello", "https", "dotnet") for variant in lab_file.load(LABS / lab).variants]
    return [variant for variant in found if isinstance(variant.build, DockerfileBuild)]


@pytest.mark.parametrize("variant", variants(), ids=lambda variant: variant.name)
def test_labs(variant: Variant) -> None:
    assert isinstance(variant.build, DockerfileBuild)
    found = list(look(read(variant.build.text.encode()), NOTHING))
    fails = variant.expected is not None and variant.expected.outcome == "run-fails"
    if fails and variant.expected and variant.expected.cause in SHOWN and variant.name not in UNSHOWN:
        assert found
    elif not fails:
        assert not found
