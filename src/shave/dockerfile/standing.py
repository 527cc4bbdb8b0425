"""What comes of it if a statement of a shell text fails: what may stand behind it, and not change that.

``set -e`` ends a shell at a failure, but not at that of a condition, of any command of an AND-OR list but the last, or
behind ``!``, and nowhere in these (POSIX.1-2024, ``set``, -e). What is put behind a command with ``&&`` makes it one of
those; what is put behind it with ``;`` runs whatever came of it where ``-e`` is not on.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Node

from shave.dockerfile.steps import Part, parts
from shave.shell import syntax

Errexit = Literal["on", "off", "unknown"]
_DEEPEST = 40
"""Statements in statements that are looked into; hostile texts nest deeper."""
_ANDOR = frozenset({"&&", "||"})
_PIPES = frozenset({"|", "|&"})
_ENDS = frozenset({";", "&", ";;"})
_COMPOUND = frozenset(
    {"compound_statement", "if_statement", "while_statement", "for_statement", "c_style_for_statement"}
    | {"case_statement", "function_definition"}
)
"""What fails only as one of the statements in it does, in the same shell."""
_LOOPS = frozenset({"while_statement", "for_statement", "c_style_for_statement"})
_SOURCING = frozenset({b".", b"source", b"eval"})


class Standing(Struct, frozen=True):
    """How the statement at ``at`` stands in its text; the offsets are bytes of it.

    ``start`` to ``end`` is the pipeline that it is the last of, ``before`` and ``after`` what joins that: "&&", "||",
    ";", "&", or "" for nothing and a line end; "|" is behind the others of a pipeline. Statements of one ``row`` are
    run one after the other; that of the text itself is 1. ``errexit`` says whether a failure ends the shell there and
    then, "off" also where it is tested. ``is_final`` if a failure is that of the text, or of the subshell: nothing is
    run behind it.
    """

    at: int
    row: int
    start: int
    end: int
    before: str
    after: str
    errexit: Errexit
    is_final: bool
    is_condition: bool
    is_compound: bool


class _Place(Struct, frozen=True):
    """What is around a row."""

    is_tested: bool = False
    is_final: bool = True
    is_condition: bool = False
    is_called: bool = False
    depth: int = 0


@lru_cache(maxsize=64)
def standings(text: bytes, is_errexit: bool = False) -> tuple[Standing, ...]:
    """How each statement stands, by ``at``, in a shell that begins with ``-e`` or without; none of a broken text.

    Those in substitutions are not among them: what is put there would become a word.
    """
    root = syntax(text)
    if root is None or root.has_error or any(map(_is_brace, _all(root))):
        return ()
    reader = _Reader(root, is_errexit)
    reader.row(parts(root), _Place())
    return tuple(sorted(reader.found, key=lambda each: each.at))


class _Reader:
    def __init__(self, root: Node, is_errexit: bool) -> None:
        self.found: list[Standing] = []
        self.rows = 0
        self.may_toggle = _toggles(root)
        self.functions = {name.text for node in _all(root) if (name := _defined(node))}
        self.errexit: Errexit = "on" if is_errexit else "off"
        if any(_toggles(node) for node in _all(root) if node.type == "function_definition"):
            self.errexit = "unknown"

    def row(self, items: list[Part], place: _Place) -> None:
        """Statements that are run one after the other, as AND-OR lists."""
        self.rows += 1
        row, lists = self.rows, list(_lists(items))
        ends = ["", *(end for _, end in lists)]
        for number, (chain, end) in enumerate(lists):
            before = self.errexit
            is_final = place.is_final and number == len(lists) - 1 and end != "&"
            self._chain(chain, row, (ends[number], end), replace(place, is_final=is_final))
            if end == "&":
                self.errexit = before

    def _chain(self, chain: list[Part], row: int, around: tuple[str, str], place: _Place) -> None:
        """An AND-OR list; what comes behind ``||`` makes up for a failure."""
        pipelines, joins = _split(chain, _ANDOR)
        before = [around[0], *joins]
        after = [*joins, around[1]]
        for number, pipeline in enumerate(pipelines):
            is_tested = place.is_tested or number < len(joins)
            is_final = place.is_final and "||" not in joins[number:]
            inner = replace(place, is_tested=is_tested, is_final=is_final)
            was = self.errexit
            self._pipeline(pipeline, row, (before[number], after[number]), inner)
            if number and self.errexit != was:
                self.errexit = "unknown"

    def _pipeline(self, pipeline: list[Part], row: int, around: tuple[str, str], place: _Place) -> None:
        members, pipes = _split(pipeline, _PIPES)
        was = self.errexit
        for number, (member,) in enumerate(members):
            after = "|" if number < len(pipes) else around[1]
            self.found.append(
                Standing(
                    member.node.start_byte,
                    row,
                    pipeline[0].node.start_byte,
                    pipeline[-1].end,
                    around[0],
                    after,
                    self._said(place),
                    place.is_final and not (self._calls(member.node) and self.errexit != "off"),
                    place.is_condition,
                    member.node.type in _COMPOUND,
                )
            )
            self._inside(member.node, replace(place, is_final=True) if pipes else place)
        if pipes:
            self.errexit = was

    def _calls(self, node: Node) -> bool:
        """Whether it calls a function, in which other commands are run behind one that fails but for ``-e``."""
        name = node.child_by_field_name("name")
        return node.type == "command" and name is not None and name.text in self.functions

    def _said(self, place: _Place) -> Errexit:
        """A function may be called where its failures are tested, whatever it sets."""
        if place.is_tested:
            return "off"
        return "unknown" if place.is_called and self.errexit == "on" else self.errexit

    def _inside(self, node: Node, place: _Place) -> None:
        """What a statement does to what stands behind it, and the statements in it."""
        place = replace(place, depth=place.depth + 1)
        was = self.errexit
        match node.type:
            case _ if place.depth > _DEEPEST:
                self.errexit = "unknown"
            case "command":
                self.errexit = _set(node, self.errexit)
            case "subshell":
                self.row(parts(node), replace(place, is_final=True))
                self.errexit = was
            case "compound_statement":
                self.row(parts(node), place)
            case "negated_command":
                for child in node.children:
                    self._inside(child, replace(place, is_tested=True, is_final=False))
            case "function_definition":
                self._function(node, place)
            case kind if kind in _COMPOUND:
                if kind in _LOOPS and _toggles(node):
                    self.errexit = "unknown"
                self._branches(node, place)

    def _function(self, node: Node, place: _Place) -> None:
        """Nobody knows who calls it, and where."""
        was = self.errexit
        self.errexit = "unknown" if self.may_toggle or was != "off" else "off"
        for child in node.children:
            self._inside(child, replace(place, is_tested=False, is_final=False, is_called=True))
        self.errexit = was

    def _branches(self, node: Node, place: _Place) -> None:
        """The rows of an if, a loop or a case, each of which may be run or not."""
        row: list[Part] = []
        is_condition = False
        for part in [*parts(node), None]:
            if part is None or not (part.is_statement or part.node.type in _ENDS | _ANDOR | _PIPES):
                self._branch(node, row, place, is_condition)
                row = []
                if part and part.node.type in ("if", "elif", "while", "until", "then", "do", "else"):
                    is_condition = part.node.type in ("if", "elif", "while", "until")
                if part and part.node.is_named:
                    self._branches(part.node, replace(place, depth=place.depth + 1))
            else:
                row.append(part)

    def _branch(self, node: Node, row: list[Part], place: _Place, is_condition: bool) -> None:
        was = self.errexit
        if is_condition:
            place = replace(place, is_tested=True, is_final=False, is_condition=True)
        elif node.type == "do_group":
            place = replace(place, is_final=False)
        if any(part.is_statement for part in row):
            self.row(row, place)
        if self.errexit != was:
            self.errexit = "unknown"


def _lists(items: list[Part]) -> Iterator[tuple[list[Part], str]]:
    """AND-OR lists, and what ends each: ";", "&", or "" for a line end and a word."""
    chain: list[Part] = []
    for part in items:
        kind = part.node.type
        if kind in _ANDOR | _PIPES or (part.is_statement and not (chain and chain[-1].is_statement)):
            chain.append(part)
            continue
        if chain:
            yield chain, kind if kind in _ENDS else ""
        chain = [part] if part.is_statement else []
    if chain:
        yield chain, ""


def _split(items: list[Part], operators: frozenset[str]) -> tuple[list[list[Part]], list[str]]:
    """What stands between these operators, and the operators."""
    found: list[list[Part]] = [[]]
    joins: list[str] = []
    for part in items:
        if part.node.type in operators:
            joins.append(part.node.type)
            found.append([])
        else:
            found[-1].append(part)
    return found, joins


def _set(command: Node, before: Errexit) -> Errexit:
    """Whether ``-e`` is on behind a command; POSIX.1-2024, set."""
    name = command.child_by_field_name("name")
    words = [(word.text or b"").decode("utf-8", "replace") for word in command.children_by_field_name("argument")]
    if name is None or name.text != b"set":
        return "unknown" if name is not None and name.text in _SOURCING else before
    found, at = before, 0
    while at < len(words) and words[at][:1] in "-+$\"'" and words[at] not in ("-", "--"):
        word, at = words[at], at + 1
        letters = word[1:]
        if word[0] not in "-+":
            return "unknown"
        if letters.endswith("o"):
            letters += "e" if words[at : at + 1] == ["errexit"] else ""
            at += 1
        if "e" in letters:
            found = "on" if word[0] == "-" else "off"
    return found


def _defined(node: Node) -> Node | None:
    """The name of a function, where one is defined."""
    return node.child_by_field_name("name") if node.type == "function_definition" else None


def _toggles(root: Node) -> bool:
    """Whether a command in it switches ``-e``."""
    return any(_set(node, "on") != "on" or _set(node, "off") != "off" for node in _all(root) if node.type == "command")


def _is_brace(node: Node) -> bool:
    """Whether a brace was read as a command, as tree-sitter-bash does behind ``!``."""
    return node.type == "command_name" and node.text in (b"{", b"}")


def _all(root: Node) -> Iterator[Node]:
    todo = [root]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(reversed(node.children))
