"""Which stages are said to build what is shipped, and when an edit is given."""

import subprocess
from pathlib import Path
from random import Random

import pytest

from shave.catalog.explained import explain
from shave.events import silent
from shave.recipe import read
from shave.rules.known import NOTHING, BuiltImage, Known
from shave.rules.single_stage import look
from shave.store import unpack
from shave.testing import File, Member, image
from shave.verbs.lint_price import priced

GO = "FROM golang:1.22\nCOPY main.go .\nRUN CGO_ENABLED=0 go build -o /app main.go\n"


def found(text: str) -> list[tuple[str, bool]]:
    """Of each finding its advice, and whether there is a fix; no fix is safe."""
    findings = list(look(read(text.encode()), NOTHING))
    assert not any(finding.fix and finding.fix.is_safe for finding in findings)
    return [(finding.advice, finding.fix is not None) for finding in findings]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FROM $UNKNOWN\nRUN go build\n",
        "FROM golang:1.22 AS one\nRUN go build -o /a\nFROM one\nCMD /a\n",
        "FROM golang:1.22\nRUN go version\n",
        'FROM golang:1.22\nRUN go build ./...\nCMD ["go", "run", "."]\n',
        'FROM gcc:14\nRUN make tools\nENTRYPOINT ["make"]\n',
        'FROM eclipse-temurin:21-jre\nRUN mvn package\nCMD ["java"]\n',
        "FROM debian:12\nRUN apt-get install -y gcc\nCMD bash\n",
        "FROM alpine\nCOPY a /\nRUN make -C /a\n",
        "FROM python:3.13-slim\nRUN apt-get install -y git patch && pip install flask\nCMD app\n",
        # questions and tools are no build
        "FROM ruby:3.3-slim\nRUN npm -v\nRUN apt-get install -y build-essential\nCMD app\n",
        "FROM ruby:3.3-slim\nRUN npm install -g npm@9 && pip install -U pip\nRUN apt-get install -y gcc\nCMD app\n",
        # a place to develop in
        "FROM golang:alpine\nRUN go install golang.org/x/tools/gopls@latest\n",
        "FROM node:22-alpine\nRUN apk add binutils && npm ci\nCMD node a.js\n",
    ],
)
def test_silent(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "FROM docker.io/library/golang\nRUN go install .\nCMD app\n",
        "FROM debian:12\nRUN apt-get install -y build-essential\nRUN ./configure && make\nCMD app\n",
        "FROM alpine\nRUN apk add --no-cache build-base && make\nCMD app\n",
        "FROM eclipse-temurin:21-jdk\nRUN ./mvnw package\nCMD java -jar a.jar\n",
        "FROM debian:13\nRUN apt-get install -y default-jdk && javac A.java\nCMD java A\n",
        "FROM rust\nRUN cargo build --release\nCMD app\n",
        # compilers of other systems, and such as somebody unpacked there
        "FROM fedora:40\nRUN dnf install -y gcc make && dnf clean all\nRUN make install\nCMD app\n",
        "FROM rockylinux:9\nRUN yum groupinstall -y 'Development Tools'\nRUN make install\nCMD app\n",
        "FROM opensuse/leap\nRUN zypper -n in gcc-c++ make\nRUN make install\nCMD app\n",
        "FROM debian:12\nRUN curl -fsSL https://x/stack | tar xz\nRUN stack build\nCMD app\n",
        "FROM debian:12\nRUN curl -fsSL https://x/go.tgz | tar xz -C /usr/local\nRUN go build .\nCMD ./app\n",
    ],
)
def test_advice_says_what_is_missing(text: str) -> None:
    ((advice, has_fix),) = found(text)
    assert "no edit is given, for" in advice
    assert not has_fix


@pytest.mark.parametrize(
    "text",
    [
        "FROM postgres:17\nRUN apt-get install -y build-essential && make && apt-get remove -y build-essential && "
        "apt-get autoremove -y\nCMD postgres\n",
        "FROM debian:12\nRUN apt-get install -y gcc; make; apt-mark auto '.*'; apt-get purge -y --auto-remove\nCMD a\n",
        "FROM fedora\nRUN dnf install -y gcc && make install && dnf remove -y gcc\nCMD a\n",
        "FROM debian\nRUN curl https://x | tar xz && go build . && rm -rf go\nCMD a\n",
        "FROM debian\nRUN --mount=from=golang,source=/usr/local/go,target=/usr/local/go go build .\nCMD a\n",
        "FROM alpine\nRUN if true; then apk add -t .full g++ gcc && make && apk del .full; fi\nCMD node\n",
    ],
)
def test_compilers_that_go_in_the_same_run_are_not_there(text: str) -> None:
    assert found(text) == []


def test_compilers_that_go_too_late_are_there() -> None:
    assert found("FROM debian:12\nRUN apt-get install -y gcc && make\nRUN apt-get purge -y gcc\nCMD app\n")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("FROM haskell:9\nRUN stack build --copy-bins\nCMD app\n", "Haskell"),
        ("FROM swift:6.0\nRUN swift build -c release\nCMD .build/release/app\n", "Swift"),
        (
            "FROM elixir:1.17\nRUN mix deps.get && mix release\nCMD _build/prod/rel/app/bin/app start\n",
            "Elixir or Erlang",
        ),
        (
            'FROM mcr.microsoft.com/dotnet/sdk:8.0\nRUN dotnet publish -o /app\nENTRYPOINT ["dotnet", "/app/a.dll"]\n',
            ".NET",
        ),
    ],
)
def test_kits_of_other_languages_are_told_by_advice(text: str, name: str) -> None:
    (finding,) = look(read(text.encode()), NOTHING)
    assert finding.text.startswith(f"{name} is built")
    assert finding.fix is None


@pytest.mark.parametrize(
    "text",
    [
        "FROM elixir:1.17\nRUN mix compile\nCMD mix phx.server\n",
        'FROM mcr.microsoft.com/dotnet/sdk:8.0\nRUN dotnet build\nENTRYPOINT ["dotnet", "run"]\n',
        'FROM swift:6.0-slim\nRUN swift build\nCMD ["app"]\n',
    ],
)
def test_kits_that_are_started_are_not(text: str) -> None:
    assert found(text) == []


def test_the_place_is_where_packages_are_built() -> None:
    text = "FROM debian:13\nRUN apt-get install -y gcc\nRUN pip install -U pip\nRUN pip install -r a.txt\nCMD app\n"
    (finding,) = look(read(text.encode()), NOTHING)
    assert text[finding.start : finding.end] == "pip install -r a.txt"
    assert finding.text.startswith("packages of Python are installed in the stage that is shipped")


def test_what_is_compiled_here_is_told_before_packages_that_may_need_it() -> None:
    """Note of a user: ``npm install -g svgo`` was blamed for the compilers of ``./configure && make``."""
    text = "FROM debian:13\nRUN apt-get install -y gcc\nRUN npm i -g svgo\nRUN ./configure && make\nCMD svgo\n"
    (finding,) = look(read(text.encode()), NOTHING)
    assert text[finding.start : finding.end] == "make"
    assert finding.text.startswith("C is built in the stage that is shipped")


def test_what_starts_nothing_may_be_there_for_it() -> None:
    """As the rules about its packages say it."""
    (finding,) = look(read(b"FROM gcc:14\nCOPY . .\nRUN make install\n"), NOTHING)
    assert finding.severity == "info"


def amount(text: str) -> int | None:
    """Packed bytes of the only finding's estimate."""
    (finding,) = look(read(text.encode()), NOTHING)
    return finding.amount.packed_bytes if finding.amount else None


def test_an_estimate_is_of_the_packages_that_are_there() -> None:
    pip = "RUN apt-get install -y {} && pip install x\nCMD app\n"
    library = amount("FROM python:3.12-slim\n" + pip.format("libpq-dev")) or 0
    compiler = amount("FROM python:3.12-slim\n" + pip.format("build-essential git")) or 0
    assert 1_000_000 < library < 10_000_000 < 70_000_000 < compiler < 90_000_000
    # the base has it: what a second stage saves is of the base
    assert amount("FROM python:3.12\n" + pip.format("build-essential")) is None
    assert amount("FROM alpine\nRUN apk add icu-dev && make\nCMD app\n") is None


@pytest.mark.parametrize("end", ['CMD ["/app"] \\', "RUN <<E\n", 'CMD ["/app"]\nRUN <<E\ntext\n'])
def test_what_does_not_end_gets_nothing_behind_it(end: str) -> None:
    assert all(not has_fix for _, has_fix in found(GO + end))


def test_the_fix() -> None:
    assert found(GO + 'CMD ["/app"]') == [("copy what runs into a second stage", True)]


def test_what_the_second_stage_leaves_behind_is_measured(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int main(void) { return 0; }\n")
    subprocess.run(["gcc", "-static", "-o", "a", "a.c"], cwd=tmp_path, check=True)
    program, noise = (tmp_path / "a").read_bytes(), Random(8).randbytes(3_000_000)
    kit: dict[str, Member] = {"usr/bin/gcc": File(noise), "usr/lib/x": noise[:200_000]}
    built: dict[str, Member] = {"src/a.o": noise[:100_000], "a": File(program, 0o755)}
    made = image(kit, {"src/a.c": b"int"}, built, config={"Cmd": ["/a"]})
    recipe = read(b'FROM gcc:14\nCOPY a.c /src/\nRUN gcc -static -o /a /src/a.c\nCMD ["/a"]\n')
    about = BuiltImage(explain(made, silent), {1: 1, 2: 2}, unpack=lambda: unpack(made, tmp_path, silent))
    (found,) = priced(look(recipe, Known(about)), recipe, Known(about))
    assert found.amount
    assert found.fix
    assert (found.fix.text, found.amount.measured) == ("run it in a second stage, FROM scratch", True)
    assert found.amount.unpacked_bytes == 3_300_003
    assert abs(found.amount.packed_bytes - 3_300_003) < 10_000


def test_the_estimate_of_a_base_says_what_it_is_of() -> None:
    go, haskell = (f"FROM {base} AS x\nRUN {run}\nCMD app\n" for base, run in KITS)
    for text, name in ((go, "as golang-go of Debian 12"), (haskell, "as ghc and build-essential of Debian 12")):
        (finding,) = look(read(text.encode()), NOTHING)
        assert finding.amount
        assert finding.amount.source.startswith(name)


KITS = (("golang:alpine", "go build ."), ("haskell:9", "stack build"))
