import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shave.dockerfile.edits import apply, compatible
from shave.dockerfile.parser import parse
from shave.dockerfile.removing import removal
from shave.dockerfile.shells import Shell, shell_of


def _shell(text: bytes) -> Shell:
    found = shell_of(text, parse(text).instructions[-1])
    assert found
    return found


@pytest.mark.parametrize(
    ("command", "rest"),
    [
        ("a && b && c", "a && c"),
        ("b && c", "c"),
        ("a && \\\n  # b is\n  b && \\\n  c", "a && \\\n  c"),
        ("a \\\n  && b", "a"),
        ("b && \\\nc", "c"),
        ("b \\\n  && c", "c"),
        ("a; b && c", "a; c"),
        ("a && b; c", "a; c"),
        ("a; b;", "a;"),
        ("{ a; b; }", "{ a; }"),
        ("for x in 1; do b; c; done", "for x in 1; do c; done"),
        ("b", None),
        ("a || b", None),
        ("b || a", None),
        ("a | b", None),
        ("a & b", None),
        ("b & a", None),
        ("{ b; }", None),
        ("if a; b; then c; fi", None),
        ("if a; then b; fi", None),
        ("a $(b && c)", None),
    ],
)
def test_a_step_can_be_taken_away(command: str, rest: str | None) -> None:
    text = f"FROM x\nRUN {command}\n".encode()
    shell = _shell(text)
    step = next(each for each in shell.steps if shell.text.text[each.start : each.end] == b"b")
    edit = removal(shell, step)
    assert (edit and apply(text, [edit])) == (rest and f"FROM x\nRUN {rest}\n".encode())


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([" && ", "; ", ";", " &&\\\n  "]), min_size=1, max_size=5), st.data())
def test_without_a_step_the_others_do_what_they_did(joints: list[str], data: st.DataObject) -> None:
    commands = [f"echo {number}" for number in range(len(joints) + 1)]
    gone = data.draw(st.integers(0, len(joints)))
    line = "".join(command + joint for command, joint in zip(commands, [*joints, ""], strict=True))
    text = f"FROM x\nRUN {line}".encode()
    shell = _shell(text)
    edit = removal(shell, shell.steps[gone])
    assert edit
    left = _shell(apply(text, [edit])).text.text
    said = subprocess.run(["sh", "-c", left], capture_output=True, text=True, check=True).stdout
    assert said.split() == [str(number) for number in range(len(commands)) if number != gone]


@pytest.mark.parametrize("joint", ["\n", "\n\n# and\n", "; ", " && "])
def test_what_takes_away_all_steps_does_not_go_together(joint: str) -> None:
    text = f"FROM x\nRUN <<E\n{joint.join('abc')}\nE\n".encode()
    shell = _shell(text)
    edits = [removal(shell, step) for step in shell.steps]
    assert len(edits) == 3
    kept, left = compatible([[edit] for edit in edits if edit])
    assert len(kept) == 2
    assert len(left) == 1


@pytest.mark.parametrize(
    ("lines", "number", "rest"),
    [
        ("\ta\n\tb # why\n\tc \\\n\t\td\n", 1, "\ta\n\tc \\\n\t\td\n"),
        ("a\n  b\n", 1, "a\n"),
        ("a; b\nc\n", 1, "a\nc\n"),
        ("a\n# and\n\nb\nc\n", 1, "a\nc\n"),
        ("a\n# and\nb\n", 0, "# and\nb\n"),
        ("a\n", 0, None),
        ("a\ncat <<X\nX\n", 1, None),
    ],
)
def test_lines_of_a_script(lines: str, number: int, rest: str | None) -> None:
    text = f"FROM x\nRUN <<-'EOF'\n{lines}EOF\n".encode()
    shell = _shell(text)
    edit = removal(shell, shell.steps[number])
    assert (edit and apply(text, [edit])) == (rest and f"FROM x\nRUN <<-'EOF'\n{rest}EOF\n".encode())
