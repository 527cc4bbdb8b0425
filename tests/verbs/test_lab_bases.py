"""What variants are built from, as their Dockerfiles say it."""

import pytest
from msgspec.structs import replace

from laboratory import variant
from shave.lab import CommandBuild, DockerfileBuild
from shave.verbs.lab_bases import base

STAGES = """ARG RELEASE=12
FROM golang AS build
RUN make
FROM build AS test
FROM debian:${RELEASE}-slim
COPY --from=build /a /a
"""


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (DockerfileBuild("Dockerfile", "FROM scratch\n"), "scratch"),
        (DockerfileBuild("Dockerfile", STAGES), "debian:12-slim"),
        (DockerfileBuild("Dockerfile", STAGES, arguments={"RELEASE": "13"}), "debian:13-slim"),
        (DockerfileBuild("Dockerfile", STAGES, target="Test"), "golang"),
        (DockerfileBuild("Dockerfile", STAGES, target="1"), "golang"),
        (DockerfileBuild("Dockerfile", "FROM $UNKNOWN\n"), "$UNKNOWN"),
        (DockerfileBuild("Dockerfile", "RUN \udcff\n"), ""),
        (CommandBuild(("make",)), ""),
    ],
)
def test_base(build: DockerfileBuild | CommandBuild, expected: str) -> None:
    assert base(replace(variant("a.b"), build=build)) == expected


def test_another_variant() -> None:
    assert base(replace(variant("a.b", base="a.c"), build=DockerfileBuild("Dockerfile", "ARG F\nFROM $F\n"))) == "a.c"
