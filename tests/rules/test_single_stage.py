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
    ],
)
def test_advice_says_what_is_missing(text: str) -> None:
    ((advice, has_fix),) = found(text)
    assert "no edit is given, for" in advice
    assert not has_fix


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
