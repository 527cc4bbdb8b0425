"""Build packages: which calls install and name them, and when a fix is offered."""

import pytest

from shave import recipe
from shave.rules import apk_virtual, build_packages, large_base
from shave.rules.building import builds
from shave.rules.known import NOTHING


def found(text: str) -> list[tuple[str, str, str, bool | None]]:
    """Of each finding the severity, the kind of bytes, the packages, and whether the fix is safe, None for none."""
    read = recipe.read(text.encode())
    findings = [finding for rule in (build_packages.RULE, apk_virtual.RULE) for finding in rule.look(read, NOTHING)]
    return [
        (
            each.severity,
            each.about.kind if each.about else "",
            each.text.rpartition(": ")[2],
            each.fix.is_safe if each.fix else None,
        )
        for each in findings
    ]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("make -j4", True),
        ("./configure", True),
        ("gcc-12 -o x x.c", True),
        ("tcc -o x x.c", True),
        ("python3 setup.py install", True),
        ("python3 -m pip install x", True),
        ("npm ci", True),
        ("npm start", False),
        ("python3 app.py", False),
        ("go version", False),
        ("npm -v", False),
        ("pnpm --version", False),
        ("cmake -S. -Bx -DVERBOSE=1", True),
        ("cargo install --version 1.0 x", True),
    ],
)
def test_builds(command: str, expected: bool) -> None:
    (call,) = recipe.read(f"FROM a\nRUN {command}\n".encode()).steps[1].calls
    assert builds(call) is expected


FOUND = [
    # make serves programs, too, but not beside a compiler
    ("RUN apt-get install -y gcc make git && make\nCMD app\n", [("warning", "build tools", "gcc, make", False)]),
    ("RUN apk add gcc make musl-dev && make\nCMD app\n", [("warning", "build tools", "gcc, make, musl-dev", False)]),
    ("RUN apk add binutils && npm ci\nCMD app\n", []),
    # apk keeps g++ as long as build-base is there
    (
        "RUN apk add -t bd build-base\nRUN apk add g++ && npm ci\nCMD app\n",
        [("warning", "build tools", "build-base", None), ("warning", "build tools", "g++", None)],
    ),
    # a question builds nothing: the edit does not go as far as there
    ("RUN apk add gcc\nRUN npm -v\nCMD app\n", []),
    ("RUN apt-get install -y gcc && make\n", [("info", "build tools", "gcc", False)]),
    # nothing is built behind it, or something else does it
    ("RUN make\nRUN apt-get install -y gcc\nCMD app\n", []),
    ("RUN apt-get install -y git make && pip install x\nCMD app\n", []),
    ("RUN apt-get install -y gcc && make && apt-get autoremove -y gcc\nCMD app\n", []),
    # a COPY between them: no chain
    ("RUN apt-get install -y gcc\nCOPY . .\nRUN make\nCMD app\n", [("warning", "build tools", "gcc", None)]),
    ("RUN apt-get install -y gcc\nCOPY . .\nRUN make\nRUN apt-get purge gcc\n", [("warning", "deleted", "gcc", None)]),
    ("RUN apt-get install -y curl\nRUN apt-get purge -y curl\n", [("warning", "deleted", "curl", True)]),
    # of the base, or of the same RUN
    ("RUN apt-get purge -y curl\n", []),
    ("RUN apt-get install -y curl\nRUN apt-get install -y curl && apt-get purge -y curl\n", []),
    # what is left of a call that took some away
    (
        "RUN apt-get install -y gcc libx-dev && make && apt-get purge -y gcc\nCMD app\n",
        [("warning", "build tools", "libx-dev", None)],
    ),
    ("RUN apk add gcc g++ && make\nRUN apk del gcc g++\n", [("warning", "deleted", "g++, gcc", True)]),
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_found(text: str, expected: list[tuple[str, str, str, bool | None]]) -> None:
    assert found(f"FROM x\n{text}") == expected


OFFICIAL = """FROM debian:bookworm-slim
RUN set -eux; \\
    savedAptMark="$(apt-mark showmanual)"; \\
    apt-get update; \\
    apt-get install -y --no-install-recommends dpkg-dev gcc libc6-dev make; \\
    rm -rf /var/lib/apt/lists/*; \\
    make -C /usr/src/x install; \\
    apt-mark auto '.*' >/dev/null; \\
    apt-mark manual $savedAptMark; \\
    apt-get purge -y --auto-remove -o APT::AutoRemove::RecommendsImportant=false
CMD ["x"]
"""


def test_the_idiom_of_official_images_leaves_nothing() -> None:
    assert [*build_packages.look(recipe.read(OFFICIAL.encode()), NOTHING)] == []


def test_what_the_base_has_already_costs_nothing() -> None:
    """Note of a user: python:3.13 has build-essential."""
    text = "FROM python:{}\nRUN apt-get update && apt-get install -y build-essential && pip install x\nCMD app\n"
    assert [*build_packages.look(recipe.read(text.format("3.13").encode()), NOTHING)] == []
    assert len([*build_packages.look(recipe.read(text.format("3.13-slim").encode()), NOTHING)]) == 1


def packed(text: str) -> list[int | None]:
    findings = build_packages.look(recipe.read(text.encode()), NOTHING)
    return [each.amount.packed_bytes if each.amount else None for each in findings]


def test_a_purge_of_wget_is_no_compiler() -> None:
    (found,) = packed("FROM debian:12\nRUN apt-get install -y wget\nRUN apt-get purge -y wget\n")
    assert found and found < 2_000_000


def test_what_nobody_measured_has_no_amount() -> None:
    assert packed("FROM debian:12\nRUN apt-get install -y libnobody-dev && make\nCMD app\n") == [None]


def test_what_came_with_an_earlier_call_is_not_counted_again() -> None:
    both = packed("FROM debian:12\nRUN apt-get install -y gcc\nRUN apt-get install -y gcc g++ && make\nCMD app\n")
    alone = packed("FROM debian:12\nRUN apt-get install -y g++ && make\nCMD app\n")
    assert sum(each or 0 for each in both) == alone[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM golang:1.10-alpine\nRUN apk add gcc musl-dev\nRUN go get x.org/lint\nCOPY . /go/src/x\n", 0),
        ("FROM golang:1.22-alpine\nRUN apk add gcc && go install x.org/y@latest\n", 0),
        ("FROM golang:1.22-alpine\nRUN apk add gcc && go build .\n", 1),
        ("FROM golang:1.22-alpine\nRUN apk add gcc && go install x.org/y@latest\nCMD y\n", 1),
        ('FROM alpine\nRUN apk add gcc && make\nENTRYPOINT ["make"]\n', 0),
    ],
)
def test_an_image_of_tools_is_there_to_build(text: str, expected: int) -> None:
    assert len(found(text)) == expected


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("apt-get install -y libpq-dev", [("info", "build tools", "libpq-dev", None)]),
        ("apt-get install -y libpq5 gcc libc6-dev", []),
        ("apt-get install -y libpq-dev && ./setup", []),
    ],
)
def test_development_files_where_what_was_built_is_copied(
    run: str, expected: list[tuple[str, str, str, bool | None]]
) -> None:
    """Note of a user: a second stage had libpq-dev for want of libpq5."""
    text = f"FROM python:3.12-slim AS b\nRUN make\nFROM python:3.12-slim\nRUN {run}\n{{}}CMD app\n"
    assert found(text.format("COPY --from=b /venv /venv\n")) == expected
    assert found(text.format("")) == []


@pytest.mark.parametrize("compiler", ["build-essential", "gcc", "clang"])
def test_who_installs_a_compiler_to_run_wants_the_development_files_there(compiler: str) -> None:
    """Note of a user: docs.rs compiles what people send, as Livebook does."""
    text = "FROM golang AS b\nRUN make\nFROM debian\n{}COPY --from=b /server /bin/\nCMD server\n"
    assert found(text.format(f"RUN apt-get install -y {compiler} libssl-dev\n")) == []
    assert found(text.format(f"RUN apt-get install -y libssl-dev\nRUN apt-get install -y {compiler}\n")) == []
    assert len(found(text.format("RUN apt-get install -y libssl-dev pkg-config\n"))) == 1


def test_no_compiler_goes_before_a_build_that_nobody_read() -> None:
    text = "FROM debian\nRUN apt-get install -y gcc\nRUN pip install x\n{}CMD app\n"
    kept = [("warning", "build tools", "gcc", None)]
    assert found(text.format("COPY ws /ws\nRUN cd /ws && ./src/catkin/bin/catkin_make_isolated\n")) == kept
    assert found(text.format("RUN rosdep update\n")) == [("warning", "build tools", "gcc", False)]


@pytest.mark.parametrize("variable", ["ANDROID_HOME", "ANDROID_SDK_ROOT"])
def test_an_image_for_android_is_there_to_build(variable: str) -> None:
    """Note of a user: Gradle's builds need javac, which the JRE has not."""
    text = f'FROM openjdk:8\nENV {variable}=/sdk\nRUN apt-get install -y gcc && make\nENTRYPOINT ["/e.sh"]\n'
    assert found(text) == []
    assert [*large_base.look(recipe.read(text.encode()), NOTHING)] == []
