import pytest

from shave.dockerfile.parser import parse
from shave.dockerfile.scopes import DEFAULT_SHELL, MOST_VARIABLES, WINDOWS_SHELL, Scopes, scopes

_TEXT = b"""\
ARG VERSION=12
ARG BASE=debian:$VERSION
FROM --platform=$BUILDPLATFORM ${BASE} AS build
ARG VERSION
ARG TARGETARCH
ARG MODE=slow
ENV A=$VERSION B=x
ENV A=2 B=$A C="$B $NOWHERE"
ARG A=3
ENV BROKEN=${x
SHELL ["/bin/bash", "-c"]
RUN end
FROM build
RUN end
FROM scratch
ARG MODE=$VERSION
RUN end
"""


def _at_ends(found: Scopes) -> list[dict[str, str]]:
    dockerfile = parse(_TEXT)
    return [found.stages[stage.number].at(stage.instructions[-1].start) for stage in dockerfile.stages]


def test_variables_of_stages() -> None:
    first, second, third = _at_ends(scopes(parse(_TEXT), platform="linux/arm64"))
    assert first == {
        "VERSION": "12", "TARGETARCH": "arm64", "MODE": "slow", "A": "2", "B": "12", "C": "x ",
    }  # fmt: skip
    assert second == first
    assert third == {"MODE": ""}


def test_what_a_build_is_given_comes_before_defaults_and_not_before_env() -> None:
    found = scopes(parse(_TEXT), {"VERSION": "13", "MODE": "fast", "A": "9"})
    first, _, third = _at_ends(found)
    assert (first["VERSION"], first["MODE"], first["A"], first["B"]) == ("13", "fast", "2", "13")
    assert third == {"MODE": "fast"}
    assert found.bases == ("debian:13", "build", "scratch")


def test_instructions_see_what_stands_before_them() -> None:
    dockerfile = parse(b'FROM a\nRUN x\nENV X=1\nRUN y\nSHELL ["pwsh"]\nENV X=2\nRUN z\nFROM a\nRUN w')
    first, last = scopes(dockerfile).stages
    runs = [each.start for each in dockerfile.instructions if each.keyword == "RUN"]
    assert [first.value("X", at) for at in runs[:3]] == [None, "1", "2"]
    assert [first.shell(at) for at in runs[:3]] == [DEFAULT_SHELL, DEFAULT_SHELL, ("pwsh",)]
    assert last.shell(runs[3]) == DEFAULT_SHELL


def test_a_stage_goes_on_with_the_shell_of_its_parent() -> None:
    found = scopes(parse(b'FROM a AS b\nSHELL ["bash", "-c"]\nFROM b\nRUN x'))
    assert found.stages[1].shell(99) == ("bash", "-c")


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("mcr.microsoft.com/windows/servercore:ltsc2022", WINDOWS_SHELL),
        ("mcr.microsoft.com/windows:20H2", WINDOWS_SHELL),
        ("mcr.microsoft.com/dotnet/framework/sdk:4.8", WINDOWS_SHELL),
        ("mcr.microsoft.com/dotnet/sdk:8.0-nanoserver-ltsc2022", WINDOWS_SHELL),
        ("python:3.13-windowsservercore", WINDOWS_SHELL),
        ("winamd64/golang", WINDOWS_SHELL),
        ("--platform=windows/amd64 $BASE", WINDOWS_SHELL),
        ("dockcross/windows-arm64:2024", DEFAULT_SHELL),
        ("x1unix/go-mingw:1.22", DEFAULT_SHELL),
    ],
)
def test_images_of_windows_have_no_sh(base: str, expected: tuple[str, ...]) -> None:
    found = scopes(parse(f"FROM {base} AS b\nRUN x\nFROM b\nRUN y\n".encode()))
    assert [stage.shell(999) for stage in found.stages] == [expected, expected]


def test_hostile_files_do_not_fill_the_memory() -> None:
    names = b"".join(b"ENV A%d=1\n" % number for number in range(MOST_VARIABLES + 9))
    stages = b"".join(b"FROM s%d AS s%d\n" % (number, number + 1) for number in range(140))
    found = scopes(parse(b"FROM a AS s0\n" + names + stages))
    assert len(found.stages[0].values) == MOST_VARIABLES
    assert not found.stages[140].values
