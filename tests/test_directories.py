"""Where commands run."""

import pytest

from shave import recipe
from shave.directories import OF_BASE, absolute, directories, glob, spoken, workdir

CALLS = [
    ("a", ["/srv"]),
    ("cd /x && a", ["/srv", "/x"]),
    ("cd x; a", ["/srv", "/srv/x"]),
    ("cd x/../y && a", ["/srv", "/srv/y"]),
    ("(cd /x && a) && b", ["/srv", "/x", "/srv"]),
    ("cd /x && (cd y && a) && b", ["/srv", "/x", "/x/y", "/x"]),
    ("cd && a", ["/srv", "/root"]),
    ("cd $SOMEWHERE && a && cd /x && b", ["/srv", None, None, "/x"]),
    ("sh -c 'cd /x && a' && b", ["/srv", "/srv", "/x", "/srv"]),
    ("b $(cd /x && a) && c", ["/srv", "/srv", "/srv", "/srv"]),
    ("cd /x && cd - && a && pushd /y && popd && b", ["/srv", "/x", None, None, "/y", None]),
    ("set -e; for i in 1; do cd /x; done; a", ["/srv", "/srv", "/x"]),
]


@pytest.mark.parametrize(("command", "expected"), CALLS)
def test_directories(command: str, expected: list[str | None]) -> None:
    read = recipe.read(f"FROM x\nWORKDIR /srv\nRUN {command}\n".encode())
    assert [here for _, here in directories(read, read.steps[2])] == expected


def test_workdir() -> None:
    read = recipe.read(
        b"FROM x AS a\nENV D=/srv\nWORKDIR $D\nWORKDIR app\nRUN a\nFROM y\nRUN b\nFROM a\nRUN c\nWORKDIR ..\nRUN d\n"
    )
    assert [workdir(read, step) for step in read.steps if step.keyword == "RUN"] == [
        "/srv/app",
        OF_BASE,
        "/srv/app",
        "/srv",
    ]


BASES = [
    ("debian:12", "/"),
    ("docker.io/library/python:3.13-slim@sha256:00", "/"),
    ("scratch", "/"),
    ("golang:1.22", "/go"),
    ("php:8.3-apache", OF_BASE),
    ("acme.example:5000/debian", OF_BASE),
    ("$UNKNOWN", OF_BASE),
]


@pytest.mark.parametrize(("base", "expected"), BASES)
def test_bases_have_working_directories_of_their_own(base: str, expected: str) -> None:
    read = recipe.read(f"FROM {base}\nRUN a\n".encode())
    assert workdir(read, read.steps[1]) == expected


def test_what_only_the_base_knows_is_told_by_what_is_below_it() -> None:
    path = absolute("x/*.tgz", OF_BASE) or ""
    assert (spoken(path), glob(path)) == ("x/*.tgz", "**/x/*.tgz")
    assert (spoken(OF_BASE), glob(OF_BASE)) == (".", "**")
    assert (spoken("/x"), glob("/x")) == ("/x", "x")


@pytest.mark.parametrize(
    ("word", "here", "expected"),
    [
        ("x/./y", "/a", "/a/x/y"),
        ("//x", None, "/x"),
        ("../../../x", "/a", "/x"),
        ("~/x", None, "/root/x"),
        ("x", None, None),
        (None, "/a", None),
        ("*.deb", "/tmp", "/tmp/*.deb"),
        ("../x", OF_BASE, None),
        ("/x", OF_BASE, "/x"),
    ],
)
def test_absolute(word: str | None, here: str | None, expected: str | None) -> None:
    assert absolute(word, here) == expected
