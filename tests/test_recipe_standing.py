"""How the calls of a RUN stand: which are sure at its end, and which are the last of their row."""

import pytest

from shave.recipe import Call, Step, read
from shave.recipe_standing import is_there_at_end, last_of_rows, standings_of


def calls(text: str) -> tuple[Step, list[Call]]:
    step = read(f"FROM f\n{text}\n".encode()).steps[-1]
    return step, [call for call in step.calls if call.tool == "a"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a && b", True),
        ("b && a && c", True),
        ("set -e; a; b", True),
        ("a; b", False),
        ("b || a", False),
        ("b && a; c", False),
        ("set -e; b && a; c", False),
        ("if b; then a; fi", False),
        ("(a)", False),
        ("a | b", False),
        ("a && apt-get purge -y a", False),
        ("a && rm -rf /opt", False),
    ],
)
def test_is_there_at_end(text: str, expected: bool) -> None:
    step, (call,) = calls(f"RUN {text}")
    assert is_there_at_end(step, call) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 1; a 2", ["2"]),
        ("if b; then a 1; else a 2; a 3; fi", ["1", "3"]),
        ("a 1 && (a 2)", ["1", "2"]),
        ("a 1 && sh -c 'a 2; a 3'", ["1", "2", "3"]),
    ],
)
def test_last_of_rows(text: str, expected: list[str]) -> None:
    step, found = calls(f"RUN {text}")
    assert [call.verb for call in last_of_rows(step, found)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RUN b; a", "off"),
        ('SHELL ["/bin/bash", "-eo", "pipefail", "-c"]\nRUN b; a', "on"),
        ('SHELL ["/bin/bash", "-o", "errexit", "-c"]\nRUN b; a', "on"),
        ("RUN bash -ex <<EOF\nb\na\nEOF", "on"),
        ("RUN <<EOF\n#!/bin/sh -e\nb\na\nEOF", "on"),
        ("RUN <<EOF\nb\na\nEOF", "off"),
        ('SHELL ["/bin/bash", "-ec"]\nRUN <<EOF\nb\na\nEOF', "on"),
        ('SHELL ["/bin/bash", "-ec"]\nRUN bash <<EOF\nb\na\nEOF', "off"),
        ('SHELL ["/bin/bash", "-ec"]\nRUN <<EOF\n#!/bin/sh\nb\na\nEOF', "off"),
    ],
)
def test_a_shell_may_begin_with_e(text: str, expected: str) -> None:
    assert standings_of(calls(text)[0])[-1].errexit == expected
