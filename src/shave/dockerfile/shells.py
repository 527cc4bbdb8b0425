"""The commands of RUN, CMD, ENTRYPOINT and HEALTHCHECK, with their places in the Dockerfile.

The builder takes comments and continuations away before a shell sees a text; so does this, and remembers where each
byte was. Source of what becomes of here-documents: moby/buildkit frontend/dockerfile/dockerfile2llb (dispatchRun).
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from shave.dockerfile.mapped import Mapped, mapped
from shave.dockerfile.parts import Heredoc, Instruction
from shave.dockerfile.scopes import DEFAULT_SHELL
from shave.dockerfile.steps import Step, steps
from shave.shell import SHELLS, Command, read, started

_TABS = re.compile(rb"^\t+", re.MULTILINE)
_COMMANDS = frozenset({"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"})


class Shell(Struct, frozen=True):
    """What a shell is given: a text that knows where it stands in the Dockerfile, its commands and steps.

    The lines of here-documents are not part of it, unless a shell reads them as commands.

    Places in commands and steps are offsets of ``text.text``; ``text.span`` gives those of the Dockerfile.
    ``unread`` says why commands are not known, "" if they are. In JSON form there is no text, and words have no places.
    """

    text: Mapped
    commands: tuple[Command, ...] = ()
    steps: tuple[Step, ...] = ()
    unread: str = ""


def shell_of(
    dockerfile: bytes,
    instruction: Instruction,
    shell: Sequence[str] = DEFAULT_SHELL,
    variables: Mapping[str, str] | None = None,
) -> Shell | None:
    """The commands of an instruction of this text, with this SHELL in force; None for one that runs none."""
    arguments = instruction.arguments
    if instruction.keyword not in _COMMANDS or not arguments or arguments[0].value.upper() == "NONE":
        return None
    words = arguments[1:] if instruction.keyword == "HEALTHCHECK" else arguments
    if instruction.form == "json":
        return Shell(Mapped(b""), started([word.value for word in words], variables).commands)
    if not words:
        return None
    text = instruction.code.part(instruction.code.offset(words[-1].start), len(instruction.code.text))
    heredocs = instruction.heredocs
    if len(heredocs) == 1 and _is_script(text, heredocs[0]):
        text, heredocs = _body(dockerfile, heredocs[0]), ()
    foreign = _foreign(text.text, shell)
    if foreign:
        return Shell(text, unread=foreign)
    readable = _readable(text, heredocs)
    return Shell(text, read(readable, variables).commands, steps(readable))


def _is_script(line: Mapped, heredoc: Heredoc) -> bool:
    """Whether a line is a here-document and nothing else, or a shell that reads it."""
    start, end = line.offset(heredoc.start), line.offset(heredoc.end - 1) + 1
    words = (line.text[:start] + b" " + line.text[end:]).decode("utf-8", "replace").split()
    return not words or (_is_shell(words[0]) and all(word.startswith("-") for word in words[1:]))


def _readable(line: Mapped, heredocs: Sequence[Heredoc]) -> bytes:
    """With here-documents as files, whose lines the text has not: tree-sitter-bash reads no two in one line."""
    changed = bytearray(line.text)
    for heredoc in heredocs:
        at = changed.index(b"<<", line.offset(heredoc.start))
        changed[at : at + 2] = b"< "
    return bytes(changed)


def _body(dockerfile: bytes, heredoc: Heredoc) -> Mapped:
    start, end = heredoc.body_start, heredoc.body_end
    if not heredoc.is_chomped:
        return mapped(dockerfile, [(start, end)])
    return mapped(dockerfile, _between(_TABS.finditer(dockerfile[start:end]), start, end))


def _between(gaps: Iterator[re.Match[bytes]], start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for gap in gaps:
        yield at, start + gap.start()
        at = start + gap.end()
    yield at, end


def _foreign(text: bytes, shell: Sequence[str]) -> str:
    """Why a text is not for a shell that is read here, in a few words; lines of a script may begin with #!."""
    if text.startswith(b"#!"):
        line = text[2:].split(b"\n", 1)[0].decode("utf-8", "replace")
        return "" if any(map(_is_shell, line.split())) else f"it is for {line.strip()}"
    return "" if any(map(_is_shell, shell)) else f"SHELL is {' '.join(shell)}"


def _is_shell(word: str) -> bool:
    return re.split(r"[/\\]", word)[-1].lower().removesuffix(".exe") in SHELLS
