import pytest

from shave.dockerfile.edits import Edit, apply
from shave.dockerfile.parser import parse
from shave.dockerfile.shells import Shell, shell_of
from shave.shell import Command

_APT = b"""\
FROM debian:12
RUN set -eux; \\
    apt-get update && \\
    # what for
    DEBIAN_FRONTEND=x apt-get install -y \\
        curl \\
\\
        git && \\
    rm -rf /tmp/x # the end
CMD a
"""


def _shell(text: bytes, number: int = -1) -> Shell:
    found = shell_of(text, parse(text).instructions[number])
    assert found
    return found


def _named(shell: Shell, *words: str) -> Command:
    return next(each for each in shell.commands if each.words[: len(words)] == words)


def test_words_of_commands_stand_in_the_dockerfile() -> None:
    shell = _shell(_APT, 1)
    install = _named(shell, "apt-get", "install")
    written = [_APT[slice(*shell.text.span(*span))] for span in install.spans]
    assert written == [b"apt-get", b"install", b"-y", b"curl", b"git"]
    whole = _APT[slice(*shell.text.span(install.start, install.end))]
    assert whole == _APT[_APT.index(b"DEBIAN") : _APT.index(b" && \\\n    rm")]


def test_a_word_can_be_put_behind_another_and_a_command_at_the_end() -> None:
    shell = _shell(_APT, 1)
    _, behind = shell.text.span(*_named(shell, "apt-get", "install").spans[1])
    _, end = shell.text.span(0, shell.steps[-1].end)
    changed = apply(_APT, [Edit(behind, behind, b" --no-install-recommends"), Edit(end, end, b" && rm -rf /x")])
    assert b"apt-get install --no-install-recommends -y \\\n" in changed
    assert b"rm -rf /tmp/x && rm -rf /x # the end\n" in changed


def test_two_instructions_can_be_one() -> None:
    text = b"FROM a\nRUN b \\\n  c\n# d\nRUN  e\n"
    first, second = parse(text).instructions[1:]
    joint = Edit(first.code_end, second.arguments[0].start, b" \\\n    && ")
    assert apply(text, [joint]) == b"FROM a\nRUN b \\\n  c \\\n    && e\n"


_SCRIPT = b"""\
FROM x
RUN <<-'EOF'
\tset -e
\tapt-get update # lists
\tapt-get install -y \\
\t\tcurl
\tEOF
"""


def test_lines_of_a_script() -> None:
    shell = _shell(_SCRIPT)
    assert shell.text.text == b"set -e\napt-get update # lists\napt-get install -y \\\ncurl\n"
    install = _named(shell, "apt-get", "install")
    assert _SCRIPT[slice(*shell.text.span(*install.spans[3]))] == b"curl"


@pytest.mark.parametrize(
    ("instruction", "names", "unread"),
    [
        ("RUN a && b", ["a", "b"], ""),
        ("RUN --mount=type=cache,target=/x a", ["a"], ""),
        ("RUN <<E bash -e\na\nb\nE", ["a", "b"], ""),
        ("RUN bash <<E\na\nE", ["a"], ""),
        ("RUN python3 - <<E\na\nE", ["python3"], ""),
        ("RUN cat <<A >x && b <<B\n1\nA\n2\nB", ["cat", "b"], ""),
        ("RUN <<E\n#!/bin/bash -e\na\nE", ["a"], ""),
        ("RUN <<E\n#!/usr/bin/env python3\na\nE", [], "it is for /usr/bin/env python3"),
        ('RUN ["sh", "-c", "a; b"]', ["sh", "a", "b"], ""),
        ("CMD a", ["a"], ""),
        ("ENTRYPOINT exec a", ["exec", "a"], ""),
        ("HEALTHCHECK --interval=5s CMD a || exit 1", ["a", "exit"], ""),
        ('HEALTHCHECK CMD ["a", "b"]', ["a"], ""),
        ("RUN $X/a ${Y}", ["/x/a"], ""),
    ],
)
def test_commands_of_instructions(instruction: str, names: list[str], unread: str) -> None:
    text = f"FROM x\n{instruction}\n".encode()
    shell = shell_of(text, parse(text).instructions[1], variables={"X": "/x"})
    assert shell
    assert ([each.name for each in shell.commands], shell.unread) == (names, unread)
    for offset in range(len(shell.text.text)):
        assert text[shell.text.origin(offset)] == shell.text.text[offset]


@pytest.mark.parametrize("instruction", ["COPY a b", "HEALTHCHECK NONE", "RUN", "USER x", "HEALTHCHECK CMD"])
def test_instructions_without_commands(instruction: str) -> None:
    text = f"FROM x\n{instruction}\n".encode()
    assert shell_of(text, parse(text).instructions[1]) is None


@pytest.mark.parametrize(
    ("shell", "unread"),
    [
        (("powershell", "-Command"), "SHELL is powershell -Command"),
        (("cmd", "/S", "/C"), "SHELL is cmd /S /C"),
        (("/bin/bash", "-o", "pipefail", "-c"), ""),
        (("conda", "run", "-n", "x", "/bin/bash", "-c"), ""),
        (("C:\\msys\\bash.EXE", "-c"), ""),
    ],
)
def test_other_shells(shell: tuple[str, ...], unread: str) -> None:
    text = b"FROM x\nRUN a | b"
    found = shell_of(text, parse(text).instructions[1], shell)
    assert found and found.unread == unread
    assert len(found.commands) == len(found.steps) == (0 if unread else 2)


def test_what_is_behind_onbuild() -> None:
    text = b"FROM x\nONBUILD RUN a \\\n b <<E\nc\nE\n"
    inner = parse(text).instructions[1].inner
    assert inner
    found = shell_of(text, inner)
    assert found and [each.words for each in found.commands] == [("a", "b")]
