"""What of a shell text is certain to run, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.causes.texts import steps

Found = list[tuple[str | None, str | None, bool]]


def found(text: str, *arguments: str) -> Found:
    return [
        (step.words[0], step.directory, step.sure) for step in steps(text.encode(), {"NAME": "app"}, arguments, "srv")
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("app --port 80", [("app", "srv", True)]),
        ("exec app; never", [("app", "srv", True)]),
        ("exec > log; app", [("app", "srv", True)]),
        ("A=1 app > log 2>&1", [("app", "srv", True)]),
        ("$NAME x", [("app", "srv", True)]),
        ("$UNKNOWN x", []),
        ("cd /app && ./run", [("./run", "app", True)]),
        ("cd ..; cd lib; ./run", [("./run", "lib", True)]),
        ('cd "$1"; ./run', []),
        ("one; two", [("one", "srv", False), ("two", "srv", False)]),
        ("set -e\nmkdir x\none", [("mkdir", "srv", True), ("one", "srv", True)]),
        ("#!/bin/sh -xe\nmkdir x\nid", [("mkdir", "srv", True), ("id", "srv", True)]),
        ("set -o errexit; mkdir x; id", [("mkdir", "srv", True), ("id", "srv", True)]),
        ("mkdir -p /x; exec one", [("mkdir", "srv", False), ("one", "srv", True)]),
        ("one && two", [("one", "srv", True), ("two", "srv", False)]),
        ("one || two", []),
        ("one || exit 1", [("one", "srv", True)]),
        ("one & exec two", [("one", "srv", False), ("two", "srv", False)]),
        ("if test x; then exec one; fi; exec two", [("two", "srv", False)]),
        ("if test x; then one; fi; exec two", [("two", "srv", True)]),
        ("main() { exec one; }\nmain", []),
        ("PATH=/x:$PATH\nexec one", []),
        (". /etc/profile; exec one; two", []),
        ("export A=b; exec /x/one", [("/x/one", "srv", True)]),
        ("echo $(one) | two", []),
        ("exit 0; one", []),
        ("if broken", []),
        ("exec one\r\n", []),
    ],
)
def test_texts(text: str, expected: Found) -> None:
    assert found(text) == expected


@pytest.mark.parametrize("text", ['exec "$@"', "exec $@", '"$@"', 'set -e\nexec "${@}"'])
def test_arguments(text: str) -> None:
    (step,) = steps(text.encode(), {}, ("app", "--port", "80"), "")
    assert (step.words, step.sure) == (("app", "--port", "80"), True)


def test_arguments_behind_others() -> None:
    (step,) = steps(b'exec gosu app "$@" "$X"', {}, ("serve", "it"), "")
    assert step.words == ("gosu", "app", "serve", "it", None)
    assert found('set -- x "$@"; exec "$@"', "serve") == [("serve", "srv", False)]


@given(st.text(alphabet="abc$@\"|&;(){}<>\n\r '\\=-/", max_size=60))
def test_any_text(text: str) -> None:
    for step in steps(text.encode(), {}, ("x",), None):
        assert step.words and step.words[0]
