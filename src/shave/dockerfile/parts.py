"""What a Dockerfile is made of. All offsets are bytes into its text; lines count from 1."""

from bisect import bisect_right
from functools import cached_property
from typing import Literal

from msgspec import Struct

from shave.dockerfile.mapped import Mapped

BOM = b"\xef\xbb\xbf"
"""The byte order mark of UTF-8, which editors of Windows write at the top; builders skip it."""


class Word(Struct, frozen=True):
    """A value and where it is written. Quotes, escapes and variables are kept, except in JSON, which is decoded: there
    the place is that of the string with its quotes.

    Bytes that are not UTF-8 are surrogates, as ``os.fsdecode`` makes them.
    """

    value: str
    start: int
    end: int


class Problem(Struct, frozen=True):
    """What BuildKit would refuse, or read in a way that nobody means, in a sentence; and where."""

    text: str
    start: int
    end: int


class Blank(Struct, frozen=True):
    """Lines with nothing or white space in them, as many as there are in a row."""

    start: int
    end: int


class Comment(Struct, frozen=True):
    """A line of comment; ``text`` is what stands behind its "#", without white space around."""

    text: str
    start: int
    end: int


class Directive(Struct, frozen=True):
    """``# name=value`` at the top: "syntax", "escape" or "check"; ``value`` is where it is written."""

    name: str
    value: Word
    start: int
    end: int


class Flag(Struct, frozen=True):
    """``--name=value`` behind a keyword; None without "=". Quotes and escapes are taken away."""

    name: str
    value: str | None
    start: int
    end: int


class Heredoc(Struct, frozen=True):
    """``3<<-"EOF"`` and its lines.

    ``start`` and ``end`` are those of the word, ``body_start`` and ``body_end`` those of the lines between;
    ``stop`` is where the line of the terminator ends. ``is_expanded`` if variables in it are, ``is_chomped`` if tabs
    at the beginnings of its lines fall away. A body whose terminator is missing goes to the end of the file.
    """

    name: str
    descriptor: int
    is_expanded: bool
    is_chomped: bool
    start: int
    end: int
    body_start: int
    body_end: int
    stop: int


class Instruction(Struct, frozen=True):
    """An instruction with all its lines, from the white space before it to the line end behind it.

    ``keyword`` is in capitals, ``name`` is the same as it is written. ``code`` is the logical line from the keyword on,
    without continuations and the comments among them, and ``operand`` the offset in it of what follows the flags.
    ``arguments`` are as BuildKit splits them: one for a command in shell form; name and value for ``ENV name value``.
    ``inner`` is the instruction behind ONBUILD.
    """

    keyword: str
    name: Word
    flags: tuple[Flag, ...]
    arguments: tuple[Word, ...]
    form: Literal["shell", "json"]
    heredocs: tuple[Heredoc, ...]
    inner: "Instruction | None"
    comments: tuple[Comment, ...]
    code: Mapped
    operand: int
    start: int
    end: int
    line: int
    last_line: int

    @property
    def code_end(self) -> int:
        """Where the logical line ends: before the line end, comments and here-documents that follow."""
        return self.code.span(0, len(self.code.text))[1]

    def flag(self, name: str) -> Flag | None:
        """The last flag of this name, which is the one that counts."""
        return next((flag for flag in reversed(self.flags) if flag.name == name), None)


Part = Directive | Comment | Blank | Instruction


class Stage(Struct, frozen=True):
    """A FROM and what follows it. ``name`` is in small letters, "" without; ``base`` may have variables in it.

    ``parent`` is the number of the stage that it starts from, None where that is an image. A base made of variables
    counts as an image.
    """

    number: int
    name: str
    base: Word
    parent: int | None
    platform: str
    instructions: tuple[Instruction, ...]


class Dockerfile(Struct, frozen=True, dict=True):
    """A text in parts, which cover it without a gap. ``preamble`` are the instructions before the first FROM."""

    text: bytes
    escape: str
    parts: tuple[Part, ...]
    preamble: tuple[Instruction, ...]
    stages: tuple[Stage, ...]
    problems: tuple[Problem, ...]
    line_starts: tuple[int, ...]

    @cached_property
    def instructions(self) -> tuple[Instruction, ...]:
        """All instructions, FROM among them."""
        return tuple(part for part in self.parts if isinstance(part, Instruction))

    @cached_property
    def parameters(self) -> tuple[Instruction, ...]:
        """Those that declare what a build may be given: ARG."""
        return tuple(each for each in self.instructions if each.keyword == "ARG")

    @property
    def directives(self) -> dict[str, str]:
        """The directives by name."""
        found = (part for part in self.parts if isinstance(part, Directive))
        return {part.name: part.value.value for part in found}

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1.

        Columns count characters, and each byte that belongs to none; a byte order mark is no character of the text.
        """
        line = bisect_right(self.line_starts, offset)
        before = self.text[self.line_starts[line - 1] : offset]
        return line, len((before if line > 1 else before.removeprefix(BOM)).decode("utf-8", "surrogateescape")) + 1

    def stage(self, name: str) -> Stage | None:
        """The stage that ``COPY --from=name`` means, by number or name; None for an image."""
        if name.isdecimal():
            return self.stages[int(name)] if len(name) < 10 and int(name) < len(self.stages) else None
        return next((stage for stage in reversed(self.stages) if stage.name == name.lower() != ""), None)


def render(dockerfile: Dockerfile) -> bytes:
    """The text again."""
    return b"".join(dockerfile.text[part.start : part.end] for part in dockerfile.parts)
