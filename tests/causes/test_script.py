"""Scripts that nothing can run."""

import pytest

from patients import causes, diagnosed, only, script, tools
from shave.testing import Member

FOREIGN = "#!/bin/sh\r\nset -e\r\nexec sh\r\n"


@pytest.mark.parametrize(
    ("line", "cause", "words"),
    [
        ("#!/bin/python\n", "interpreter-missing", "/app/x is run by /bin/python, which is no program of the image"),
        ("#!/usr/bin/env -S node x\n", "interpreter-missing", "/app/x is run by node, which is no program in a dir"),
        ("#!\n", "interpreter-missing", "/app/x is run by nothing, which is no program of the image"),
        ("#!/bin/sh\r\n", "carriage-return", "the first line of /app/x ends with a carriage return, as on Windows"),
        ("#!/bin/sh -e\r\n", "carriage-return", "the first line of /app/x"),
        ("#!/usr/bin/env sh\r\n", "carriage-return", "the first line of /app/x"),
    ],
)
def test_first_lines(line: str, cause: str, words: str) -> None:
    found = only(diagnosed(tools() | {"/app/x": script(line)}, "/app/x"))
    assert (found.cause, found.stops) == (cause, True) and words in found.text
    assert found.evidence[0].startswith("/app/x begins with '#!")


def test_an_interpreter_elsewhere_is_named() -> None:
    members: dict[str, Member] = {
        "/app/x": script("#!/usr/local/bin/node\n"),
        "/opt/node/bin/node": script("#!/bin/sh"),
    }
    found = only(diagnosed(tools() | members, "/app/x"))
    assert found.fix == "let its first line be #!/opt/node/bin/node"


@pytest.mark.parametrize("cmd", [("sh", "/app/x"), ("sh", "-e", "app/x"), ("env", "sh", "/app/x")])
def test_carriage_returns_in_what_a_shell_is_given(cmd: tuple[str, ...]) -> None:
    assert causes(diagnosed(tools() | {"/app/x": script(FOREIGN)}, *cmd)) == [("carriage-return", True)]
    one = FOREIGN.replace("\r", "").replace("exec", "echo 'a\r'\nexec")
    assert diagnosed(tools() | {"/app/x": script(one)}, *cmd) == ()
