"""The lines of a Dockerfile as parts: directives, comments, instructions with their continuations and here-documents.

Sources: Dockerfile reference; moby/buildkit frontend/dockerfile/parser (parser.go, directives.go). Where that stops at
an error this goes on, with a problem.
"""

import re
from itertools import accumulate

from shave.dockerfile.heredocs import Opening, openings
from shave.dockerfile.instructions import WITH_HEREDOCS, Lines, read_instruction, with_heredocs
from shave.dockerfile.mapped import Mapped, mapped
from shave.dockerfile.parts import BOM, Blank, Comment, Directive, Dockerfile, Heredoc, Instruction, Part, Problem, Word
from shave.dockerfile.stages import stages
from shave.dockerfile.white import skip, trimmed_end

LONGEST_LINE = (1 << 16) - 1
"""Bytes of a line with its end; BuildKit reads no file that has a longer one (Go's bufio.MaxScanTokenSize)."""
_LINE = re.compile(rb"[^\n]*\n|[^\n]+\Z")
_DIRECTIVE = re.compile(rb"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S(?:.*\S)?)\s*\Z", re.DOTALL)


def parse(text: bytes) -> Dockerfile:
    """Read a Dockerfile. Every text is one; what BuildKit would refuse stands under ``problems``."""
    reader = _Reader(text)
    reader.directives()
    while reader.line < len(reader.starts) - 1:
        reader.part()
    parts = tuple(reader.parts)
    preamble, found, problems = stages(tuple(part for part in parts if isinstance(part, Instruction)))
    every = sorted((*reader.problems, *problems), key=lambda problem: problem.start)
    starts = tuple(reader.starts if text.endswith(b"\n") else reader.starts[:-1]) or (0,)
    return Dockerfile(text, reader.escape.decode(), parts, preamble, found, tuple(every), starts)


class _Reader:
    """``line`` is the number of the next line, from 0; ``starts`` has the end of the text as its last."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        lengths = (found.end() - found.start() for found in _LINE.finditer(text))
        self.starts = list(accumulate(lengths, initial=0))
        self.line = 0
        self.escape = b"\\"
        self.parts: list[Part] = []
        self.problems: list[Problem] = []
        self._long_lines()

    def _long_lines(self) -> None:
        for start, end in zip(self.starts, self.starts[1:], strict=False):
            if end - start > LONGEST_LINE:
                self.problems.append(
                    Problem("a line of more than 65535 bytes, which BuildKit does not read", start, end)
                )

    def bounds(self, line: int) -> tuple[int, int]:
        """Where a line begins, without a byte order mark, and where it ends, without its line end."""
        start, end = self.starts[line], self.starts[line + 1]
        while end > start and self.text[end - 1] in b"\r\n":
            end -= 1
        return (min(end, len(BOM)) if not line and self.text.startswith(BOM) else start), end

    def directives(self) -> None:
        """The lines at the top that are directives; behind a "#!" line there is no "escape" (directives.go)."""
        allowed = {"syntax", "escape", "check"}
        if self.text.removeprefix(BOM).startswith(b"#!"):
            self.part()
            allowed.discard("escape")
        seen: set[str] = set()
        while self.line < len(self.starts) - 1 and self._directive(allowed, seen):
            self.line += 1

    def _directive(self, allowed: set[str], seen: set[str]) -> bool:
        start, end = self.bounds(self.line)
        found = _DIRECTIVE.match(self.text, skip(self.text, start, end), end)
        name = found[1].decode().lower() if found else ""
        if not found or name not in allowed:
            return False
        if name in seen:
            self.problems.append(Problem(f"a second {name} directive", start, end))
        elif name == "escape" and found[2] not in (b"\\", b"`"):
            self.problems.append(Problem("the escape directive must be ` or \\", *found.span(2)))
        elif name == "escape":
            self.escape = found[2]
        seen.add(name)
        value = Word(found[2].decode("utf-8", "surrogateescape"), *found.span(2))
        self.parts.append(Directive(name, value, self.starts[self.line], self.starts[self.line + 1]))
        return True

    def part(self) -> None:
        """The next comment, blank line or instruction."""
        start, end = self.bounds(self.line)
        first = skip(self.text, start, end)
        if first == end:
            self.parts.append(self.blank())
        elif self.text[first] == ord("#"):
            self.parts.append(self.comment())
        else:
            self.instruction(first)

    def blank(self) -> Blank:
        start = self.line
        self.line += 1
        while self.line < len(self.starts) - 1 and skip(self.text, *(bounds := self.bounds(self.line))) == bounds[1]:
            self.line += 1
        return Blank(self.starts[start], self.starts[self.line])

    def comment(self) -> Comment:
        start, end = self.bounds(self.line)
        text = self.text[skip(self.text, start, end) + 1 : end].strip()
        self.line += 1
        return Comment(text.decode("utf-8", "surrogateescape"), self.starts[self.line - 1], self.starts[self.line])

    def instruction(self, first: int) -> None:
        line = self.line
        code, comments = self.logical_line(first)
        lines = Lines(self.starts[line], self.starts[self.line], line + 1, self.line)
        found, problems = read_instruction(code, self.escape, lines, comments)
        self.problems.extend(problems)
        opened = openings(code.text) if b"<<" in code.text and _may_have_heredocs(found) else ()
        if opened:
            heredocs = tuple(self.heredoc(opening, code) for opening in opened)
            found = with_heredocs(found, heredocs, self.starts[self.line], self.line)
        self.parts.append(found)

    def logical_line(self, first: int) -> tuple[Mapped, tuple[Comment, ...]]:
        """Lines up to one that does not end in the escape character; empty lines and comments between count nothing."""
        ranges: list[tuple[int, int]] = []
        comments: list[Comment] = []
        while True:
            end = self.bounds(self.line)[1]
            stop = self._continued(first, end)
            ranges.append((first, end if stop is None else stop))
            self.line += 1
            if stop is None or not self._finds_code(comments):
                return self._trimmed(ranges), tuple(comments)
            first = self.starts[self.line]

    def _finds_code(self, comments: list[Comment]) -> bool:
        """Whether there is a line of code before the file ends; comments and empty lines before it are taken."""
        while self.line < len(self.starts) - 1:
            start, end = self.starts[self.line], self.bounds(self.line)[1]
            first = skip(self.text, start, end)
            if first == end:
                self.line += 1
            elif self.text[first] == ord("#"):
                comments.append(self.comment())
            else:
                return True
        return False

    def _continued(self, start: int, end: int) -> int | None:
        """Where the line ends before its escape character, None if it is not continued."""
        while end > start and self.text[end - 1] in b" \t":
            end -= 1
        if self.text.endswith(self.escape, start, end) and self.text[max(start, end - 2) : end] != self.escape * 2:
            return end - 1
        return None

    def _trimmed(self, ranges: list[tuple[int, int]]) -> Mapped:
        whole = mapped(self.text, ranges)
        start = skip(whole.text, 0, len(whole.text))
        return whole.part(start, max(start, trimmed_end(whole.text, start, len(whole.text))))

    def heredoc(self, opening: Opening, code: Mapped) -> Heredoc:
        """The lines up to the terminator."""
        start = end = self.starts[self.line]
        terminator = opening.name.encode("utf-8", "surrogateescape")
        is_open = True
        while is_open and self.line < len(self.starts) - 1:
            end = self.starts[self.line]
            line = self.text[end : self.starts[self.line + 1]].rstrip(b"\r\n")
            is_open = (line.lstrip(b"\t") if opening.is_chomped else line) != terminator
            self.line += 1
        span = code.span(opening.start, opening.end)
        stop = self.starts[self.line]
        if is_open:
            self.problems.append(Problem(f"the here-document {opening.name} does not end", *span))
        return Heredoc(
            opening.name,
            opening.descriptor,
            opening.is_expanded,
            opening.is_chomped,
            *span,
            start,
            stop if is_open else end,
            stop,
        )


def _may_have_heredocs(instruction: Instruction) -> bool:
    found = instruction.inner or instruction
    return found.keyword in WITH_HEREDOCS and found.form == "shell"
