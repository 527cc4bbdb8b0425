"""Build packages: which calls install and name them, and when a fix is offered."""

import pytest

from shave import recipe
from shave.rules import apk_virtual, build_packages
from shave.rules.building import builds, names
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


def test_names() -> None:
    (call,) = recipe.read(b"FROM a\nRUN apt-get install -y gcc=4:12.2 g++/stable libc6-dev:amd64 $X\n").steps[1].calls
    assert names(call) == {"gcc", "g++", "libc6-dev"}
    (call,) = recipe.read(b"FROM a\nRUN apk add -t .build 'gcc>12' make@edge musl-dev~1\n").steps[1].calls
    assert names(call) == {".build", "gcc", "make", "musl-dev"}


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
    ],
)
def test_builds(command: str, expected: bool) -> None:
    (call,) = recipe.read(f"FROM a\nRUN {command}\n".encode()).steps[1].calls
    assert builds(call) is expected


FOUND = [
    ("RUN apt-get install -y gcc make git && make\nCMD app\n", [("warning", "build tools", "gcc", False)]),
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
    ("RUN apk add gcc g++ && make\nRUN apk del gcc g++\n", [("warning", "deleted", "g++, gcc", True)]),
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_found(text: str, expected: list[tuple[str, str, str, bool | None]]) -> None:
    assert found(f"FROM x\n{text}") == expected
