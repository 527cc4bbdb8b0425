"""Commands in a shell text: what it calls, wherever a command may stand.

Commands inside substitutions, functions, strings for ``sh -c``, ``eval`` and ``trap``, and those that another starts
(``exec``, ``sudo -u x``, ``xargs``, ``find -exec``: the table ``facts/shell.toml``) are commands too; words of
here-documents are not. A word is known if it is constant, or made of variables that have one constant value.
Source: POSIX.1-2024, Shell Command Language; bash(1).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import takewhile

import tree_sitter_bash
from msgspec import Struct, convert
from tree_sitter import Language, Node, Parser

from shave.facts import load

MAX_PARSED_BYTES = 1 << 20
# The parser takes time with the square of these in one statement: 2048 of the worst, nested arrays, take 0.3 s.
_MAX_OPERATORS = 2048
_OPERATOR = re.compile(rb"&&|[|&(<>]")
_DEEPEST = 8
"""Texts in texts (``sh -c "sh -c …"``) that are read."""
SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"})
"""Whose text is read here."""
_COMMAND_OPTION = re.compile(r"-[a-zA-Z]*c")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=.*", re.DOTALL)
_ESCAPED = re.compile(r"\\(\n|.)", re.DOTALL)
# A command at the beginning of a line or behind what may stand before one; used for texts that are not parsed.
_ROUGHLY = re.compile(
    rb"(?:^|[;&|({`]|![ \t]|\b(?:then|do|else|elif|if|while|until|exec)\s)[ \t]*"
    rb"(?:\w{1,99}+=[^\s;&|]{0,200}+[ \t]++){0,9}([\w./+-]*[A-Za-z][\w./+-]*)",
    re.MULTILINE,
)
_KEYWORDS = frozenset(
    "if then else elif fi do done case esac while until for in function select time { }".split()  # noqa: SIM905
)


class Command(Struct, frozen=True):
    """A command: its words, the name first, None for each that only a run knows; where it stands (bytes).

    ``launcher`` is the command that starts it, "" for the shell itself. A command in a string stands where that does.
    ``spans`` says where each word stands; it is empty for a command in a string, and for one that was given as words.
    """

    words: tuple[str | None, ...]
    start: int
    end: int
    launcher: str = ""
    spans: tuple[tuple[int, int], ...] = ()

    @property
    def name(self) -> str | None:
        """The first word."""
        return self.words[0] if self.words else None


class ShellText(Struct, frozen=True):
    """All commands of a text in the order in which they stand, and the functions that it defines."""

    commands: tuple[Command, ...]
    functions: frozenset[str] = frozenset()

    @property
    def programs(self) -> tuple[str, ...]:
        """The names that are looked up by PATH, each once: neither functions nor builtins."""
        names = dict.fromkeys(command.name for command in self.commands if command.name and self._is_program(command))
        return tuple(names)

    def _is_program(self, command: Command) -> bool:
        if command.launcher not in _IN_SHELL:
            return True
        return command.name not in self.functions and command.name not in builtins()


_IN_SHELL = frozenset({"", "command", "builtin", "eval", "trap", "sh"})


class _Launcher(Struct, frozen=True):
    names: tuple[str, ...]
    source: str
    verbs: frozenset[str | None] = frozenset()
    values: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    programs: frozenset[str] = frozenset()
    operands: int = 0


@cache
def _launchers() -> Mapping[str, _Launcher]:
    rows = convert(load("shell")["launcher"], tuple[_Launcher, ...])
    return {name: row for row in rows for name in row.names}


@cache
def _readers() -> frozenset[str]:
    """Commands that read a word as a shell text."""
    return SHELLS | {"eval", "trap", "watch"} | {name for name, row in _launchers().items() if row.texts}


@cache
def builtins() -> frozenset[str]:
    """What shells do themselves."""
    return frozenset(load("shell")["builtins"]["names"])


def read(text: bytes, variables: Mapping[str, str] | None = None) -> ShellText:
    """What a text calls, when variables have these values at its start.

    Where a text is broken, what looks like a command is one. Texts over ``MAX_PARSED_BYTES``, with NUL or with very
    many operators are read line by line, by a pattern.
    """
    return _read(text, variables or {}, 0)


def syntax(text: bytes) -> Node | None:
    """The syntax tree of a text, with nodes named as in tree-sitter-bash; None for texts that are not parsed."""
    return _parser().parse(text).root_node if is_parsed(text) else None


def is_parsed(text: bytes) -> bool:
    """Whether a text is within the bounds of the parser."""
    return len(text) <= MAX_PARSED_BYTES and b"\0" not in text and len(_OPERATOR.findall(text)) <= _MAX_OPERATORS


def started(words: Sequence[str | None], variables: Mapping[str, str] | None = None) -> ShellText:
    """What a command that is given as words (ENTRYPOINT, CMD) starts: itself, and what it starts in turn."""
    reader = _Reader(b"", variables or {}, 0)
    reader.add(Command(tuple(words), 0, 0, "exec"))
    return ShellText(tuple(reader.commands), frozenset(reader.functions))


def _read(text: bytes, variables: Mapping[str, str], depth: int) -> ShellText:
    root = syntax(text)
    if root is None:
        return ShellText(tuple(_roughly(text, 0, len(text))))
    reader = _Reader(text, variables, depth)
    reader.walk(root)
    return ShellText(tuple(reader.commands), frozenset(reader.functions))


def _roughly(text: bytes, start: int, end: int) -> Iterator[Command]:
    for found in _ROUGHLY.finditer(text, start, end):
        name = found[1].decode("ascii")
        if name not in _KEYWORDS:
            yield Command((name,), found.start(1), found.end(1))


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_bash.language()))


class _Reader:
    def __init__(self, text: bytes, variables: Mapping[str, str], depth: int) -> None:
        self.text = text
        self.depth = depth
        self.variables = dict(variables)
        self.commands: list[Command] = []
        self.functions: set[str] = set()

    def walk(self, root: Node) -> None:
        """Find all commands, after all assignments."""
        nodes = list(_nodes(root))
        self._assign(node for node in nodes if node.type == "variable_assignment")
        for node in nodes:
            if node.type == "command":
                self.add(self._command(node))
                self._strings(node)
            elif node.type == "function_definition" and (name := node.child_by_field_name("name")):
                self.functions.add(_text(name))
            elif node.type == "ERROR":
                self.commands.extend(_roughly(self.text, node.start_byte, node.end_byte))

    def _assign(self, assignments: Iterable[Node]) -> None:
        values: dict[str, set[str | None]] = {}
        for node in assignments:
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if name:
                values.setdefault(_text(name), set()).add(self._value(value) if value else "")
        for key, found in values.items():
            before = {self.variables[key]} if key in self.variables else set()
            self.variables.pop(key, None)
            if len(found | before) == 1 and (only := found.pop()) is not None:
                self.variables[key] = only

    def _command(self, node: Node) -> Command:
        name = node.child_by_field_name("name")
        words = ([name.named_children[0]] if name and name.named_children else []) + [
            child for child in node.children_by_field_name("argument") if child.is_named
        ]
        spans = tuple((word.start_byte, word.end_byte) for word in words)
        return Command(tuple(map(self._value, words)), node.start_byte, node.end_byte, "", spans)

    def _strings(self, node: Node) -> None:
        """Read the strings of ``sh -c "… $unknown …"`` with their variables as they stand."""
        arguments = node.children_by_field_name("argument")
        command = self._command(node)
        if any((word or "").rpartition("/")[2] in _readers() for word in command.words):
            for string in arguments:
                if string.type == "string" and self._value(string) is None and b" " in (string.text or b""):
                    self._nested(re.sub(r'\\([\n$`"\\])', _unescaped, _text(string)[1:-1]), command, "sh")

    def _value(self, node: Node) -> str | None:
        """The constant value of a word, None if it has none."""
        match node.type:
            case "word" | "number" | "variable_name" | "extglob_pattern":
                return _ESCAPED.sub(_unescaped, _text(node))
            case "string_content":
                return re.sub(r'\\([\n$`"\\])', _unescaped, _text(node))
            case "raw_string":
                return _text(node)[1:-1]
            case "string" | "concatenation" | "translated_string":
                parts = [self._value(child) for child in node.named_children]
                return None if None in parts else "".join(part for part in parts if part is not None)
            case "simple_expansion" | "expansion":
                return self._expanded(node)
        return None

    def _expanded(self, node: Node) -> str | None:
        """``$NAME``, ``${NAME}`` and ``${NAME:-word}``; 2.6.2 of the standard."""
        name, *rest = node.named_children or [node]
        if name.type != "variable_name":
            return None
        known = self.variables.get(_text(name))
        operator = _text(node)[2 + len(_text(name)) :] if node.type == "expansion" else ""
        if operator.startswith((":-", "-", ":=", "=")):
            return known or (self._value(rest[0]) if rest else None)
        return known if operator in ("", "}") else None

    def add(self, command: Command) -> None:
        """A command, and those that it starts, in order; a bound on both for words that nest."""
        todo = [command]
        while todo and len(todo) < 1000:
            command = todo.pop()
            if not command.words:
                continue
            self.commands.append(command)
            todo.extend(reversed(list(self._started(command))))

    def _started(self, command: Command) -> Iterator[Command]:
        name = (command.name or "").rpartition("/")[2]
        words = command.words[1:]
        if name == "busybox" and words and words[0]:
            yield _behind(command, 1, name)
        elif name in SHELLS:
            self._shell(words, command)
        elif name in ("eval", "watch"):
            operands = words[2:] if words[:1] == ("-n",) else words
            self._nested(None if None in operands else " ".join(word or "" for word in operands), command, name)
        elif name == "trap" and len(words) > 1 and words[0] != "-":
            self._nested(words[0], command, name)
        elif (launcher := _launchers().get(name)) and not (name == "command" and words[:1] in (("-v",), ("-V",))):
            if launcher.verbs and not launcher.verbs & set(words[:1]):
                return
            yield from self._launched(launcher, words, command)

    def _shell(self, words: tuple[str | None, ...], command: Command) -> None:
        """``sh -ec TEXT``: the text is the first word that is no option; behind a script "-c" is none (sh(1))."""
        options = [word for word in takewhile(lambda word: not word or _is_option(word), words) if word]
        if any(_COMMAND_OPTION.fullmatch(option) for option in options):
            after = iter(words)
            text = next((word for word in after if not (word and _is_option(word))), None)
            self._nested(text, command, "sh")

    def _nested(self, text: str | None, command: Command, launcher: str) -> None:
        if not text or self.depth == _DEEPEST:
            return
        inner = _read(text.encode("utf-8", "surrogateescape"), self.variables, self.depth + 1)
        self.functions |= inner.functions
        for each in inner.commands:
            self.commands.append(Command(each.words, command.start, command.end, each.launcher or launcher))

    def _launched(self, launcher: _Launcher, words: tuple[str | None, ...], command: Command) -> Iterator[Command]:
        name = (command.name or "").rpartition("/")[2]
        operands, at = launcher.operands, 0
        while at < len(words):
            word = words[at] or ""
            option, equals, value = word.partition("=")
            at += 1
            if option in launcher.texts:
                self._nested(value if equals else _at(words, at), command, name)
                at += not equals
            elif option in launcher.programs:
                if equals:
                    yield Command((value,), command.start, command.end, name)
                else:
                    program = tuple(takewhile(lambda each: each != ";", words[at:]))
                    yield _behind(command, at + 1, name, len(program))
                    at += 1
            elif word in launcher.values:
                at += 1
            elif word.startswith("-") or _ASSIGNMENT.fullmatch(word):
                continue
            elif operands:
                operands -= 1
            else:
                yield _behind(command, at, name)
                return


def _behind(command: Command, at: int, launcher: str, count: int | None = None) -> Command:
    """The command that the words of another from ``at`` on are, ``count`` of them or all."""
    until = None if count is None else at + count
    return Command(command.words[at:until], command.start, command.end, launcher, command.spans[at:until])


def _is_option(word: str) -> bool:
    """Whether a word before the text of ``sh -c`` is an option, or the value of "-o"."""
    return word.startswith("-") or word == "pipefail"


def _at(words: tuple[str | None, ...], at: int) -> str | None:
    return words[at] if at < len(words) else None


def _nodes(root: Node) -> Iterator[Node]:
    """All nodes, parents before children, in the order of the text. Without recursion: a text may nest deep."""
    cursor = root.walk()
    while True:
        if cursor.node:
            yield cursor.node
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "surrogateescape")


def _unescaped(found: re.Match[str]) -> str:
    return "" if found[1] == "\n" else found[1]
