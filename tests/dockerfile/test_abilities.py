import pytest

from shave.dockerfile.abilities import abilities, bases, copied, needed, sources
from shave.dockerfile.parser import parse


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("FROM a\nRUN b\nCOPY --from=x a b\nCOPY --chown=1 a b\nADD http://x/y /z", set()),
        ("RUN <<E\na\nE", {"heredoc"}),
        ("ONBUILD COPY --link <<E /a\nE", {"heredoc", "link"}),
        ("RUN --mount=type=cache,target=/x --network=none a", {"mount", "network"}),
        ("COPY --chmod=0644 --parents --exclude=x a b", {"chmod", "parents", "exclude"}),
        ("ADD --checksum=sha256:0 --unpack http://x/y /z", {"checksum", "unpack"}),
        ("ADD https://x/y.git#main:dir /z", {"git"}),
        ("ADD git@github.com:a/b /z", {"git"}),
        ("COPY x.git /z", set()),
    ],
)
def test_abilities(text: str, found: set[str]) -> None:
    assert abilities(parse(text.encode())) == found


@pytest.mark.parametrize(
    ("line", "all_of_them", "of_the_context"),
    [
        ("COPY a b /c/", ["a", "b"], ["a", "b"]),
        ('COPY ["a b", "c"]', ["a b"], ["a b"]),
        ("COPY --from=x a b", ["a"], []),
        ("ADD https://x/y git@z:a c.tgz /d", ["https://x/y", "git@z:a", "c.tgz"], ["c.tgz"]),
        ("COPY <<E f /g", ["f"], ["f"]),
        ("RUN a b", [], []),
    ],
)
def test_sources(line: str, all_of_them: list[str], of_the_context: list[str]) -> None:
    instruction = parse(line.encode()).instructions[0]
    assert [word.value for word in sources(instruction)] == all_of_them
    assert [word.value for word in copied(instruction)] == of_the_context


def test_bases_are_images_and_not_stages() -> None:
    text = b"""ARG V=1
ARG S=build
FROM golang:$V AS golang
FROM golang AS build
FROM scratch
FROM $S
FROM golang:$V
FROM debian:${SUITE:-sid}
FROM ${broken
"""
    assert bases(parse(text)) == ("golang:1", "debian:sid")
    assert bases(parse(text), {"V": "2", "S": "x"}) == ("golang:2", "x", "debian:sid")


def test_what_a_stage_takes_from() -> None:
    dockerfile = parse(
        b"FROM a\nCOPY --from=b x y\nRUN --mount=type=bind,from=c,target=/d --mount=type=cache,target=/e f"
    )
    assert needed(dockerfile.stages[0]) == ("b", "c")
