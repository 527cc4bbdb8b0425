"""Where commands run."""

import pytest

from shave import recipe
from shave.directories import absolute, directories, workdir

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
        "/",
        "/srv/app",
        "/srv",
    ]


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
    ],
)
def test_absolute(word: str | None, here: str | None, expected: str | None) -> None:
    assert absolute(word, here) == expected
