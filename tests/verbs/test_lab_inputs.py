"""What a Dockerfile reaches of its context, and which images it wants."""

from pathlib import Path

import pytest

from shave.lab import DockerfileBuild
from shave.verbs.lab_inputs import asked, command_inputs, digest, files

TEXT = """\
# syntax=docker/dockerfile:1
ARG BASE=debian
FROM $BASE AS build
COPY --chmod=755 src/*.c /src/
COPY --from=build /x /y
COPY --from=tools:1 /z /
RUN --mount=type=bind,source=patches,target=/p --mount=type=bind,from=mounted:2,target=/m make
FROM build
ADD https://example.org/x ./local.tar /
ONBUILD COPY later /
"""


def test_what_a_dockerfile_wants() -> None:
    wants = asked(DockerfileBuild("", TEXT, arguments={"BASE": "alpine:3"}))
    assert wants.images == ("alpine:3", "tools:1", "mounted:2")
    assert wants.sources == ("src/*.c", "patches", "local.tar", "later")
    assert (wants.abilities, wants.has_syntax) == ({"chmod", "mount"}, True)


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("COPY . /", "**"),
        ("COPY / /", "**"),
        ("COPY $WHAT /", "**"),
        ("COPY ./a/../b /", "b"),
        ("COPY !a /", "**"),
        ("RUN --mount=target=/c make", "**"),
    ],
)
def test_sources(line: str, source: str) -> None:
    assert asked(DockerfileBuild("", f"FROM scratch\n{line}\n")).sources == (source,)


def test_a_context_that_nothing_reads_need_not_be(tmp_path: Path) -> None:
    assert files(tmp_path / "missing", ()) == ""


def test_files_are_those_of_any_source(tmp_path: Path) -> None:
    for name in ("a.c", "b.c", "c.h"):
        (tmp_path / name).write_text(name)
    before = files(tmp_path, ("*.c",))
    (tmp_path / "c.h").write_text("other")
    assert files(tmp_path, ("*.c",)) == before
    assert files(tmp_path, ("*.c", "c.h")) == files(tmp_path, ("*.c", "**")) != before


def test_a_command_may_read_all_but_what_makes_the_lab(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile.c.gcc").write_text("FROM gcc")
    before, named = (command_inputs(tmp_path, ("docker", "build", "-f", name)) for name in ("x", "./Dockerfile.c.gcc"))
    (tmp_path / "Dockerfile.c.gcc").write_text("FROM clang")
    assert command_inputs(tmp_path, ("docker", "build", "-f", "x")) == before
    assert command_inputs(tmp_path, ("docker", "build", "-f", "./Dockerfile.c.gcc")) != named
    (tmp_path / "main.c").touch()
    assert command_inputs(tmp_path, ("docker", "build", "-f", "x")) != before


def test_a_digest_is_of_values() -> None:
    build = DockerfileBuild("x", "FROM \udcff\n")
    assert digest(build, "a") == digest(DockerfileBuild("x", "FROM \udcff\n"), "a") != digest(build, "b")
