"""Which stages are said to build what is shipped, and when an edit is given."""

import pytest

from shave.recipe import read
from shave.rules.known import NOTHING
from shave.rules.single_stage import look

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
