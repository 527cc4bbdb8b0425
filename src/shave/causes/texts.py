"""What a shell text starts on every way through it, and in which directory.

Read are the statements of the text one after another. What stands in a condition, a loop or a function is not followed:
whether that runs is known only when it does. Source: POSIX.1-2024, Shell Command Language, 2.9.
"""

import re
from collections.abc import Iterator, Mapping
from posixpath import basename, join, normpath

from msgspec import Struct
from tree_sitter import Node

from shave.shell import Command, builtins, read, syntax

Words = tuple[str | None, ...]

_POSITIONAL = ('"$@"', "$@", '"$*"', "$*", '"${@}"')
_OF_PATH = re.compile(rb"\bPATH=|^[ \t]*(?:\.|source|eval)[ \t]", re.MULTILINE)
_LEAVES = re.compile(rb"\b(?:exec|exit|return|set[ \t]+--)\b|\bshift\b")
# Programs after which what was not there is still not there
_HARMLESS = frozenset(["cat", "chmod", "chown", "date", "id", "ls", "mkdir", "rm", "sleep", "touch", "uname"])
_STRICT, _STRICT_LINE = re.compile(r"-[a-zA-Z]*e[a-zA-Z]*|errexit"), re.compile(rb"#!.* -[a-zA-Z]*e[a-zA-Z]*\s")
_DOES_NOT_RETURN = ("exec", "exit")
# "|| exit 1": the failure of what stands before it is that of the text
_GIVES_UP = re.compile(rb"exit(?![ \t]+0\b)")


class Step(Struct, frozen=True):
    """A program that a text starts: its ``words``, None for each that only a run knows, and the directory, if known.

    ``sure`` if the text fails when the program does, and nothing ran before that could have made the program.
    """

    words: Words
    directory: str | None
    sure: bool


def steps(text: bytes, environment: Mapping[str, str], arguments: Words, directory: str | None) -> Iterator[Step]:
    """The programs in order; nothing of a text that is broken. ``arguments`` are those of the text (``"$@"``)."""
    root = syntax(text)
    if root is None or root.has_error or b"\r" in text:
        return
    reader = _Reader(text, environment, arguments, directory)
    statements = [node for node in root.named_children if node.type != "comment"]
    for number, node in enumerate(statements):
        yield from reader.statement(node, number + 1 == len(statements))
        if reader.ended:
            return


class _Reader:
    def __init__(self, text: bytes, environment: Mapping[str, str], arguments: Words, directory: str | None) -> None:
        found = read(text, environment)
        self.commands = {each.start: each for each in reversed(found.commands) if not each.launcher}
        self.own = found.functions
        self.arguments = arguments
        self.directory = directory
        self.keeps_path = not _OF_PATH.search(text)
        self.strict = bool(_STRICT_LINE.match(text))
        self.sure = True
        self.ended = False

    def statement(self, node: Node, is_last: bool) -> Iterator[Step]:
        """The programs of one statement; afterwards, what is known of the next."""
        whole = _simple(node)
        if not whole:
            self.sure = self.sure and not _LEAVES.search(node.text or b"")
        is_background = node.next_sibling is not None and node.next_sibling.type == "&"
        for each in whole:
            command = self.commands.get(each.start_byte)
            if command and command.words:
                fatal = (is_last or self.strict or _gives_up(node)) and not is_background
                yield from self._command(each, command, fatal)

    def _command(self, node: Node, command: Command, fatal: bool) -> Iterator[Step]:
        name, *_ = words = self._words(node, command)
        if name in self.own or name in (".", "source", "eval"):
            self.sure = False
        elif name == "cd":
            self.directory = self._changed(words)
        elif name == "set":
            self.strict = self.strict or any(_STRICT.fullmatch(word or "") for word in words[1:])
            self.sure = self.sure and "--" not in words
        elif name in _DOES_NOT_RETURN or name == "command":
            inner = tuple(words[1:])
            self.ended = name == "exit" or (name == "exec" and bool(inner))
            if inner and name != "exit" and not (inner[0] or "-").startswith("-"):
                yield from self._program(inner, fatal or name == "exec")
        elif name not in builtins():
            yield from self._program(words, fatal)

    def _program(self, words: Words, fatal: bool) -> Iterator[Step]:
        name = words[0]
        if name and self._can_be_known(name):
            yield Step(words, self.directory, self.sure and fatal)
        self.sure = self.sure and basename(name or "?") in _HARMLESS

    def _can_be_known(self, name: str) -> bool:
        return name.startswith("/") or (self.directory is not None if "/" in name else self.keeps_path)

    def _changed(self, words: Words) -> str | None:
        place = words[1] if len(words) == 2 else None
        if not place or place == "-" or (self.directory is None and not place.startswith("/")):
            return None
        return normpath(join("/", self.directory or "", place)).strip("/")

    def _words(self, node: Node, command: Command) -> Words:
        """The words of a command, with the arguments of the text where it has them."""
        name = node.child_by_field_name("name")
        nodes = [name, *(each for each in node.children_by_field_name("argument") if each.is_named)]
        found: list[str | None] = []
        for each, word in zip(nodes, command.words, strict=False):
            is_all = word is None and each is not None and (each.text or b"").decode(errors="replace") in _POSITIONAL
            found += self.arguments if is_all else (word,)
        return tuple(found) or (None,)


def _gives_up(node: Node) -> bool:
    """Whether a statement ends the text if it fails."""
    last = node.named_children[-1].text if node.type == "list" else None
    return bool(last and _GIVES_UP.match(last))


def _simple(node: Node) -> list[Node]:
    """The simple commands of a statement that run whenever it does, if the failure of each is its own."""
    if node.type == "command":
        return [node]
    if node.type == "redirected_statement" and node.named_children:
        return _simple(node.named_children[0])
    if node.type == "list" and len(node.named_children) == 2:
        left, right = node.named_children
        if any(child.type == "||" for child in node.children):
            return _simple(left) if _GIVES_UP.match(right.text or b"") else []
        return [*_simple(left), *_simple(right)]
    return []
