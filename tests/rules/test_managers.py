"""Which packages are left of what calls install."""

import pytest

from shave.recipe import read
from shave.rules.managers import APK, APT, Manager, left, names


def kept(text: str, manager: Manager = APT) -> list[list[str]]:
    """Of each call what is left of it."""
    return [sorted(each.names) for each in left(read(f"FROM x\n{text}\n".encode()).steps, manager)]


def test_names() -> None:
    (call,) = read(b"FROM a\nRUN apt-get install -y gcc=4:12.2 g++/stable libc6-dev:amd64 $X\n").steps[1].calls
    assert names(call) == {"gcc", "g++", "libc6-dev"}
    (call,) = read(b"FROM a\nRUN apk add -t .build 'gcc>12' make@edge musl-dev~1\n").steps[1].calls
    assert names(call) == {".build", "gcc", "make", "musl-dev"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RUN apt-get install -y gcc make", [["gcc", "make"]]),
        ("RUN apt-get install -y gcc make && apt-get purge -y gcc", [["make"]]),
        ("RUN apt-get install -y gcc\nRUN apt-get autoremove -y gcc", []),
        ("RUN apt-get purge -y gcc && apt-get install -y gcc", [["gcc"]]),
        # nothing that was asked for goes by itself
        ("RUN apt-get install -y gcc && apt-get autoremove -y", [["gcc"]]),
        ("RUN apt-get install -y gcc && apt-get purge -y --auto-remove $TOOLS", []),
        ("RUN apt-get install -y gcc libx-dev vim && apt-get purge -y 'gcc*' '^lib.*-dev$'", [["vim"]]),
        # the g++ of a name is no pattern
        ("RUN apt-get install -y g++ gcc && apt-get purge -y g++", [["gcc"]]),
    ],
)
def test_what_is_taken_away_is_not_left(text: str, expected: list[list[str]]) -> None:
    assert kept(text) == expected


def test_official_images_mark_all_as_automatic_and_let_it_go() -> None:
    marked = "RUN set -e; saved=$(apt-mark showmanual); apt-get install -y gcc; make; apt-mark auto '.*' >/dev/null; "
    assert kept(f"{marked}apt-mark manual $saved; apt-get purge -y --auto-remove -o APT::X=false") == []
    assert kept(f"{marked}apt-mark manual $saved") == [["gcc"]]


def test_alpine_takes_packages_away_by_the_name_of_all() -> None:
    assert kept("RUN apk add --virtual .build gcc make && apk add vim && apk del .build", APK) == [["vim"]]
    assert kept("RUN apk add --virtual .build gcc make", APK) == [[".build", "gcc", "make"]]


def test_a_name_of_all_is_taken_away_behind_names_that_have_nothing_to_do_with_it() -> None:
    text = "RUN apk add -t .build gcc make && apk add vim nano && apk del nano && apk del .build"
    assert kept(text, APK) == [["vim"]]
