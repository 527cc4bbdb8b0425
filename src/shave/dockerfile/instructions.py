"""One logical line as an instruction: keyword, flags, arguments (moby/buildkit frontend/dockerfile/parser).

What is wrong is a problem and the line is read on as well as it can be, because its bytes must not be lost.
"""

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from shave.dockerfile.mapped import Mapped
from shave.dockerfile.parts import Comment, Flag, Heredoc, Instruction, Problem, Word
from shave.dockerfile.white import skip
from shave.dockerfile.words import array, bare, flags, plain_words, quoted_words

WITH_HEREDOCS = frozenset({"RUN", "COPY", "ADD"})
_COMMANDS = frozenset({"RUN", "CMD", "ENTRYPOINT", "SHELL"})
_LISTS = frozenset({"COPY", "ADD", "VOLUME"})
_WHOLE = frozenset({"MAINTAINER", "STOPSIGNAL", "USER", "WORKDIR"})
_PAIRS = frozenset({"ENV", "LABEL"})
KEYWORDS = _COMMANDS | _LISTS | _WHOLE | _PAIRS | {"ARG", "EXPOSE", "FROM", "HEALTHCHECK", "ONBUILD"}
"""Those of all instructions."""
_LEAST = dict.fromkeys(KEYWORDS - _COMMANDS, 1) | {"COPY": 2, "ADD": 2, "SHELL": 1}
_KEYWORD = re.compile(rb"[^\t\v\f\r ]*")
_BLANKS = re.compile(rb"[\t\v\f\r ]+")


class Lines(Struct, frozen=True):
    """Where an instruction stands in the file: bytes, and lines from 1."""

    start: int
    end: int
    line: int
    last_line: int


class _Arguments(Struct, frozen=True):
    """Values and places in the logical line."""

    words: tuple[tuple[str, int, int], ...] = ()
    form: Literal["shell", "json"] = "shell"
    problem: str = ""


def read_instruction(
    code: Mapped, escape: bytes, lines: Lines, comments: tuple[Comment, ...] = ()
) -> tuple[Instruction, tuple[Problem, ...]]:
    """A logical line that begins with its keyword and has no space at its end. Here-documents are not looked for."""
    found, problems = _single(code, escape, lines, comments)
    if found.keyword != "ONBUILD" or found.operand == len(code.text):
        return found, problems
    inner, more = _single(code.part(found.operand, len(code.text)), escape, lines)
    if inner.keyword in ("ONBUILD", "FROM", "MAINTAINER"):
        more = (Problem(f"{inner.keyword} is not allowed behind ONBUILD", inner.name.start, inner.name.end),)
    return replace(found, inner=inner), problems + more


def _single(
    code: Mapped, escape: bytes, lines: Lines, comments: tuple[Comment, ...] = ()
) -> tuple[Instruction, tuple[Problem, ...]]:
    """An instruction by itself: what is behind ONBUILD is not read."""
    text = code.text
    end = _keyword_end(text)
    keyword = _decode(text[:end]).upper()
    found, operand = flags(text, skip(text, end, len(text)), escape)
    arguments = _arguments(keyword, text, operand, escape)
    instruction = Instruction(
        keyword,
        Word(_decode(text[:end]), *code.span(0, end)),
        tuple(_flag(bare(text[start:stop], escape), *code.span(start, stop)) for start, stop in found),
        tuple(Word(value, *code.span(start, stop)) for value, start, stop in arguments.words),
        arguments.form,
        (),
        None,
        comments,
        code,
        operand,
        lines.start,
        lines.end,
        lines.line,
        lines.last_line,
    )
    unknown = "" if keyword in KEYWORDS else f"unknown instruction: {keyword}"
    problems = filter(None, (unknown, arguments.problem, _missing(keyword, arguments, operand < len(text))))
    return instruction, tuple(Problem(each, *code.span(0, len(text))) for each in problems)


def with_heredocs(instruction: Instruction, heredocs: tuple[Heredoc, ...], end: int, last_line: int) -> Instruction:
    """An instruction with its here-documents, which end there."""
    inner = instruction.inner and with_heredocs(instruction.inner, heredocs, end, last_line)
    own = () if inner else heredocs
    return replace(instruction, heredocs=own, inner=inner, end=end, last_line=last_line)


def _keyword_end(text: bytes) -> int:
    found = _KEYWORD.match(text)
    return found.end() if found else 0


def _flag(text: bytes, start: int, end: int) -> Flag:
    name, equals, value = _decode(text)[2:].partition("=")
    return Flag(name, value if equals else None, start, end)


def _arguments(keyword: str, text: bytes, start: int, escape: bytes) -> _Arguments:
    if start == len(text):
        return _Arguments()
    if keyword in _COMMANDS or keyword in _LISTS:
        return _maybe_json(keyword, text, start)
    if keyword in _WHOLE:
        return _Arguments(((_decode(text[start:]), start, len(text)),))
    if keyword in ("FROM", "EXPOSE"):
        return _Arguments(_decoded(text, plain_words(text, start)))
    if keyword == "ARG":
        return _Arguments(_decoded(text, quoted_words(text, start, escape)))
    if keyword in _PAIRS:
        return _pairs(keyword, text, start, escape)
    return _healthcheck(text, start) if keyword == "HEALTHCHECK" else _Arguments()


def _maybe_json(keyword: str, text: bytes, start: int) -> _Arguments:
    """An array of strings, else words or, for a command, all in one: broken JSON is a command too."""
    found = array(text, start)
    if found and not found.is_foreign:
        return _Arguments(found.elements, "json")
    problem = "the elements of a JSON array must be strings" if found else ""
    if keyword in _LISTS:
        return _Arguments(_decoded(text, plain_words(text, start)), problem=problem)
    return _Arguments(((_decode(text[start:]), start, len(text)),), problem=problem)


def _healthcheck(text: bytes, start: int) -> _Arguments:
    first = (_decode(text[start : (end := start + _keyword_end(text[start:]))]), start, end)
    rest = skip(text, end, len(text))
    command = _maybe_json("CMD", text, rest) if rest < len(text) else _Arguments()
    return _Arguments((first, *command.words), command.form, command.problem)


def _pairs(keyword: str, text: bytes, start: int, escape: bytes) -> _Arguments:
    """``name=value …``, or the old ``name value``, whose value goes to the end of the line."""
    words = _decoded(text, quoted_words(text, start, escape))
    if not words or "=" in words[0][0]:
        wrong = next((value for value, *_ in words if "=" not in value), "")
        return _Arguments(words, problem=f'no "=" in "{wrong}"' if wrong else "")
    name, *value = _BLANKS.split(text[start:], maxsplit=1)
    if not value:
        return _Arguments(words, problem=f"{keyword} needs a name and a value")
    at = len(text) - len(value[0])
    return _Arguments(((_decode(name), start, start + len(name)), (_decode(value[0]), at, len(text))))


def _missing(keyword: str, arguments: _Arguments, has_more: bool) -> str:
    least = _LEAST.get(keyword, 0)
    if len(arguments.words) >= least or (keyword == "ONBUILD" and has_more):
        return ""
    return f"{keyword} needs at least {least} argument{'s'[: least > 1]}"


def _decoded(text: bytes, spans: Iterator[tuple[int, int]]) -> tuple[tuple[str, int, int], ...]:
    return tuple((_decode(text[start:end]), start, end) for start, end in spans)


def _decode(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")
