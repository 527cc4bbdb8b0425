"""Dockerfiles as what they do."""

import pytest

from shave.recipe import family, package_tools, read

TEXT = b"""\
ARG BASE=golang:1.22
FROM ${BASE} AS build
RUN go build -o /app .
FROM build AS tested
RUN go test ./...
FROM debian:12
ENV LISTS=/var/lib/apt/lists
RUN apt-get -qy -o Dpkg::Use-Pty=0 install --no-install-recommends curl && \\
    sudo /usr/bin/pip3.11 install -r requirements.txt && python3 -m pip install x
COPY --from=build /app /app
CMD ["/app", "serve"]
"""


def test_stages() -> None:
    recipe = read(TEXT)
    assert [step.stage for step in recipe.steps] == [-1, 0, 0, 1, 1, 2, 2, 2, 2, 2]
    assert [step.number for step in recipe.steps] == list(range(10))
    assert recipe.shipped == {2}
    assert [step.number for step in recipe.runs] == [7]
    assert [recipe.base(stage) for stage in range(3)] == ["golang:1.22", "golang:1.22", "debian:12"]
    assert recipe.families == {0: "debian", 1: "debian", 2: "debian"}


def test_a_stage_that_the_last_starts_from_is_shipped() -> None:
    recipe = read(b"FROM debian AS a\nRUN x\nFROM busybox AS b\nRUN y\nFROM a\nRUN z\n")
    assert recipe.shipped == {0, 2}
    assert [step.number for step in recipe.runs] == [1, 5]


def test_calls() -> None:
    calls = read(TEXT).steps[7].calls
    assert [(call.tool, call.verb, call.targets) for call in calls] == [
        ("apt-get", "install", ("curl",)),
        ("sudo", "/usr/bin/pip3.11", ("install", "requirements.txt")),
        ("pip", "install", ()),
        ("pip", "install", ("x",)),
    ]
    install = calls[0]
    assert install.has("-y")
    assert install.has("-q", "--quiet")
    assert not install.has("-t")
    assert install.value("-o") == "Dpkg::Use-Pty=0"
    assert TEXT[slice(*install.spans[install.plain[0]])] == b"install"


@pytest.mark.parametrize(
    ("command", "tool"),
    [
        ("$HOME/.cargo/bin/cargo build", "cargo"),
        ('"${VENV}/bin/pip3.11" install x', "pip"),
        ('"$VENV"/bin/python -m pip install x', "pip"),
        ("$PIP install x", ""),
        ("$BIN/$PIP install x", ""),
        ("$(pwd)/pip install x", ""),
    ],
)
def test_a_program_in_a_directory_that_only_a_run_knows(command: str, tool: str) -> None:
    (call,) = (each for each in read(f"FROM a\nRUN {command}\n".encode()).steps[1].calls if each.words[0] != "pwd")
    assert (call.tool, call.words[0]) == (tool, None)


def test_variables_of_the_file_are_known() -> None:
    (call,) = read(TEXT.replace(b"RUN apt-get", b"RUN rm -rf $LISTS; apt-get", 1)).steps[7].calls[:1]
    assert call.operands == ("/var/lib/apt/lists",)


def test_a_foreign_shell_has_no_calls() -> None:
    recipe = read(b'FROM x\nSHELL ["powershell", "-Command"]\nRUN apt-get update\n')
    assert recipe.steps[2].calls == ()


def test_a_command_in_json_form_has_calls_without_places() -> None:
    (call,) = read(b'FROM x\nRUN ["apt-get", "update"]\n').steps[1].calls
    assert (call.tool, call.verb, call.spans) == ("apt-get", "update", ())


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("alpine:3.20", "alpine"),
        ("python:3.11-alpine3.20", "alpine"),
        ("docker.io/library/python:3.11", "debian"),
        ("registry.example.org/team/python:3", ""),
        ("mcr.microsoft.com/dotnet/sdk:8.0", "debian"),
        ("mcr.microsoft.com/dotnet/sdk:8.0-alpine", "alpine"),
        ("rockylinux:9", "rpm"),
        ("scratch", "bare"),
        ("", ""),
    ],
)
def test_family(image: str, expected: str) -> None:
    assert family(image) == expected


def test_the_family_of_an_unknown_base_is_told_by_its_tools() -> None:
    assert read(b"FROM acme/base\nRUN apk add curl\n").families == {0: "alpine"}


@pytest.mark.parametrize(
    "text", [b"", b"\0\xff", b"RUN", b"FROM", b"FROM a\nRUN \\", b'FROM a\nRUN ["', b"FROM a\nRUN <<E\nx"]
)
def test_any_text_is_a_recipe(text: bytes) -> None:
    recipe = read(text)
    assert all(call.words for step in recipe.steps for call in step.calls)
    assert len(recipe.families) == len(recipe.file.stages)


@pytest.mark.parametrize(
    ("command", "option", "value", "operands"),
    [
        ("curl -fsSLo /x https://h/y", "-o", "/x", ("https://h/y",)),
        ("curl -o/x https://h/y", "-o", "/x", ("https://h/y",)),
        ("tar -xzf a.tgz -C/x b", "-f", "a.tgz", ("b",)),
        ("tar -xzf a.tgz -C/x b", "-C", "/x", ("b",)),
        ("wget -qO- https://h/y", "-O", "-", ("https://h/y",)),
        ("apt-get -yt bookworm install x", "-t", "bookworm", ("install", "x")),
        ("curl -OL https://h/y", "-o", None, ("https://h/y",)),
    ],
)
def test_letters_among_others_take_values(
    command: str, option: str, value: str | None, operands: tuple[str, ...]
) -> None:
    (call,) = read(f"FROM x\nRUN {command}\n".encode()).steps[1].calls
    assert (call.value(option), call.operands) == (value, operands)


def test_what_is_dear_is_found_once() -> None:
    recipe, asked = read(TEXT), []

    def find(given: object) -> int:
        asked.append(given)
        return len(asked)

    assert (recipe.once(find), recipe.once(find)) == (1, 1)


def test_letters_of_a_value_are_no_options() -> None:
    (call,) = read(b"FROM x\nRUN apt-get -yoDpkg::Use-Pty=0 -tstable install x\n").steps[1].calls
    assert call.has("-y")
    assert call.has("-o")
    assert not call.has("-s", "-P")
    assert call.value("-t") == "stable"


@pytest.mark.parametrize(
    ("command", "expected"),
    [("apt-get update", "debian"), ("dpkg -i x", "debian"), ("apk add x", "alpine"), ("dnf5 install x", "rpm")],
)
def test_a_family_is_told_by_its_tools(command: str, expected: str) -> None:
    assert read(f"FROM acme/base\nRUN {command}\n".encode()).families == {0: expected}


def test_package_tools() -> None:
    assert package_tools("debian") == {"apt-get", "apt", "aptitude"}
    assert package_tools("bare") == frozenset()
