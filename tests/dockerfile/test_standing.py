"""What comes of a failure, as shells say: each statement in turn fails, and -e, && and the rest do what is said."""

import subprocess

import pytest

from shave.dockerfile.standing import standings

TEXTS = (
    "a; b",
    "a && b; c",
    "a || b; c",
    "a; b || c",
    "set -e; a; b && c; d",
    "set -eux; a; set +e; b; c",
    "set -o errexit; a; b",
    "set -e; if a; then b; c; elif d; then e; else g; fi; h",
    "if a; then set -e; fi; b; c",
    "set -e; for x in 1 2; do a; b && c; done; d",
    "set -e; case x in x) a; b;; *) c;; esac; d",
    "set -e; (a; b); c",
    "(set -e; a; b); c",
    "set -e; (a; b) || c; d",
    "set -e; { a; b; } && c; d",
    "set -e; a | b; c",
    "set -e; ! a; b",
    "set -e; f() { a; b; }; f; c",
    "set -e; while a; do b; break; done; c",
    "set -e\na\nb && c\nd",
)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_a_failure_ends_what_it_is_said_to_end(shell: str, text: str) -> None:
    for each in standings(text.encode()):
        name = text[each.at]
        if name not in "abcdegh" or text[each.at + 1 : each.at + 2].isalpha() or each.errexit == "unknown":
            continue
        functions = "".join(f"{one}() {{ echo {one}; }}; " for one in "abcdegh" if one != name)
        behind = f"{functions}{name}() {{ echo {name}; return 3; }}; {text}"
        run = subprocess.run([shell, "-c", behind], capture_output=True, text=True, check=False)
        called = run.stdout.split()
        if name not in called:
            continue
        if each.is_final or each.errexit == "on":
            assert called[-1] == name or "(" in text or each.is_condition
        if each.is_final and each.row == 1 and each.after != "|":
            assert run.returncode == 3


def test_a_broken_text_has_none() -> None:
    assert standings(b"a 'unfinished") == ()
    assert standings(b"! { a; b; }") == ()


def test_statements_in_statements_are_bounded() -> None:
    text = b"{ " * 500 + b"a; " + b"}; " * 500
    assert len(standings(text)) < 100


def test_redirections_without_a_command_stand_among_others() -> None:
    text = b"a && > /x < /y && b"
    assert [(text[each.start : each.end], each.before, each.after) for each in standings(text)] == [
        (b"a", "", "&&"),
        (b"> /x < /y", "&&", "&&"),
        (b"b", "&&", ""),
    ]
