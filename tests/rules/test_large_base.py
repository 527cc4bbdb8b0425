"""A smaller base is offered for what it can do: what it lacks and the stage calls is said, or ends the matter."""

import pytest

from shave.recipe import read
from shave.rules.known import NOTHING
from shave.rules.large_base import look


def found(text: str) -> list[tuple[str, bool]]:
    """Of each finding what is to be installed, and whether there is a fix."""
    findings = look(read(text.encode()), NOTHING)
    return [
        (each.advice.partition("and install ")[2].partition(" in it")[0], each.fix is not None) for each in findings
    ]


@pytest.mark.parametrize(
    ("stage", "missing"),
    [
        ("RUN curl -fsSL https://x -o /x\n", "curl"),
        ("RUN wget https://x && git clone https://y\n", "git, wget"),
        ("RUN pip install git+https://x/y\n", "git"),
        ("RUN tar xJf /x.tar.xz\n", "xz-utils"),
        ("HEALTHCHECK CMD curl -f http://localhost || exit 1\n", "curl"),
        ('CMD ["sh", "-c", "ssh-keyscan x && ps"]\n', "openssh-client, procps"),
        ("RUN --mount=type=ssh sudo git clone x\n", "git"),
    ],
)
def test_what_is_called_and_lacking_is_to_be_installed(stage: str, missing: str) -> None:
    assert found(f"FROM python:3.13\n{stage}") == [(missing, False)]


def test_what_is_installed_is_not_lacking() -> None:
    stage = "RUN apt-get update && apt-get install -y curl=8 && curl -f https://x\n"
    assert found(f"FROM python:3.13\n{stage}") == [("", True)]


def test_who_calls_a_compiler_of_the_base_is_not_told() -> None:
    for name in ("gcc", "make", "./configure", "cmake", "c++"):
        assert found(f"FROM node:22\nRUN {name} x\n") == []
    assert found("FROM eclipse-temurin:21\nRUN jar xf a.jar\n") == []
    assert found("FROM php:8.3\nRUN pecl install redis\n") == []


def test_of_debian_only_documentation_lacks() -> None:
    assert found("FROM debian:13\nRUN apt-get install -y gcc make curl && make && curl x\n") == [("", True)]


def test_alpine_has_other_tools() -> None:
    assert found("FROM php:8.3\nRUN useradd app\nSHELL ['bash']\n") == [("shadow", False)]
    assert found("FROM php:8.3\nRUN apt-get install -y x\n") == []


def test_who_may_compile_decides_himself() -> None:
    assert found("FROM ruby:3.3\nRUN bundle install\n") == [("", False)]


@pytest.mark.parametrize(
    "base", ["nvidia/cuda:12.3.2-devel-ubuntu22.04", "nvcr.io/nvidia/cuda:12.4.1-cudnn-devel-rockylinux9"]
)
def test_cuda_without_its_compiler_may_do(base: str) -> None:
    assert found(f"FROM {base}\nRUN pip3 install torch\n") == [("", True)]
    assert found(f"FROM {base}\nRUN pip3 install 'flash-attn>=2'\n") == []
    assert found(f"FROM {base}\nRUN nvcc -o a a.cu\n") == []
    assert found(f"FROM {base.replace('devel', 'runtime')}\nRUN pip3 install torch\n") == []


def test_pytorch_has_a_variant_for_running() -> None:
    (finding,) = look(read(b"FROM pytorch/pytorch:2.3.0-cuda12.1-cudnn8-devel\nRUN pip install x\n"), NOTHING)
    assert finding.text.endswith("pytorch/pytorch:2.3.0-cuda12.1-cudnn8-runtime")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('FROM golang:1.22\nCOPY app /\nCMD ["/app"]\n', True),
        # its slim variant has the compiler, too
        ('FROM rust:1.80\nCOPY app /\nCMD ["/app"]\n', True),
        ('FROM gcc:13\nCOPY app /\nRUN make\nCMD ["/app"]\n', False),
        ('FROM golang:1.22\nCOPY . .\nRUN go build -o /app\nCMD ["/app"]\n', False),
        ('FROM golang:1.22\nCOPY test.sh /\nENTRYPOINT ["/test.sh"]\n', False),
        ('FROM golang:1.22\nCOPY . .\nCMD ["go", "test"]\n', False),
        ("FROM golang:1.22\nCOPY app /\n", False),
    ],
)
def test_what_is_there_to_build_and_does_not(text: str, expected: bool) -> None:
    """Note of a user: golang:1.22 has no smaller variant without its compiler."""
    assert [each.text.endswith("and nothing here does") for each in look(read(text.encode()), NOTHING)] == [
        True
    ] * expected


@pytest.mark.parametrize(
    ("base", "smaller"),
    [
        ("maven:3-eclipse-temurin-21", "eclipse-temurin:21-jre"),
        ("gradle:8-jdk17", "eclipse-temurin:17-jre"),
        ("tomcat:9.0-jdk17", "tomcat:9.0-jre17"),
        ("openjdk:11", "openjdk:11-jre"),
    ],
)
def test_a_kit_of_java_that_only_runs(base: str, smaller: str) -> None:
    (finding,) = look(read(f'FROM {base}\nCOPY a.jar /\nCMD ["java", "-jar", "/a.jar"]\n'.encode()), NOTHING)
    assert finding.text.endswith(f"has a smaller variant, {smaller}")
    # what its own start is for
    assert not list(look(read(f"FROM {base}\nCOPY a /\n".encode()), NOTHING)) or base.startswith("tomcat")
