"""A shell text as steps with what joins them: what can be taken out, put in or moved, and where.

The operators of a row are taken in the order in which they stand: tree-sitter-bash nests ``a && b >x | c`` otherwise
than shells do (POSIX.1-2024, Shell Command Language, 2.10).
"""

from collections import deque
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Node

from shave.shell import syntax

_OPERATORS = frozenset({"&&", "||", ";", "&", "|", "|&", ";;"})
_ROWS = frozenset({"list", "pipeline", "redirected_statement"})
"""Nodes that only join statements, or give them redirections."""
_STATEMENTS = frozenset(
    {
        "command",
        "declaration_command",
        "unset_command",
        "test_command",
        "negated_command",
        "variable_assignment",
        "variable_assignments",
        "subshell",
        "compound_statement",
        "function_definition",
        "if_statement",
        "while_statement",
        "for_statement",
        "c_style_for_statement",
        "case_statement",
    }
)
_REDIRECTIONS = frozenset({"file_redirect", "herestring_redirect", "heredoc_start"})
_GROUPS = frozenset({"elif_clause", "else_clause", "do_group", "case_item"})
"""Parts of statements that have statements."""
_CONTAINERS = frozenset(
    {
        "program",
        "subshell",
        "compound_statement",
        "do_group",
        "if_statement",
        "elif_clause",
        "else_clause",
        "while_statement",
        "case_item",
        "command_substitution",
        "process_substitution",
    }
)


class Part(Struct, frozen=True):
    """A node of a row, and where it ends with its redirections."""

    node: Node
    end: int

    @property
    def is_statement(self) -> bool:
        """Whether it is one, and neither an operator nor a word."""
        return self.node.type in _STATEMENTS or _is_bare(self.node)


class Operator(Struct, frozen=True):
    """What stands between two steps: "&&", "||", ";", "&", "|", "|&", ";;"; offsets of the shell text."""

    text: str
    start: int
    end: int


class Step(Struct, frozen=True):
    """A statement with its redirections, and the operators right before and behind it, None for none.

    ``kind`` is its node in tree-sitter-bash ("command", "if_statement"), ``within`` that of what it stands in:
    "program" for what a text does itself. A line end between two steps is no operator.
    """

    kind: str
    within: str
    start: int
    end: int
    before: Operator | None = None
    after: Operator | None = None


def steps(text: bytes) -> tuple[Step, ...]:
    """All statements of a text, those in others behind them; none of a text that is not parsed or has errors."""
    root = syntax(text)
    if root is None or root.has_error:
        return ()
    found: list[Step] = []
    containers = deque([root])
    while containers:
        container = containers.popleft()
        found.extend(_row(container))
        containers.extend(_inner(container))
    return () if any(map(_is_misplaced, found)) else tuple(found)


def _is_misplaced(step: Step) -> bool:
    """Whether ``;;`` ends what is no item of a case: tree-sitter-bash reads it, no shell does."""
    return step.within != "case_item" and any(each and each.text == ";;" for each in (step.before, step.after))


def _row(container: Node) -> Iterator[Step]:
    """The steps that stand in a container itself."""
    items = [None, *(_item(container, part) for part in parts(container)), None]
    for before, item, after in zip(items, items[1:], items[2:], strict=False):
        if isinstance(item, Step):
            operators = (each if isinstance(each, Operator) else None for each in (before, after))
            yield replace(item, **dict(zip(("before", "after"), operators, strict=True)))


def _item(container: Node, part: Part) -> Step | Operator | None:
    """None for words such as "then"."""
    node = part.node
    if part.is_statement:
        return Step(node.type, container.type, node.start_byte, part.end)
    return Operator(node.type, node.start_byte, node.end_byte) if node.type in _OPERATORS else None


def _is_bare(node: Node) -> bool:
    """Whether it is redirections without a command, which are a statement, too: POSIX.1-2024, 2.9.1.3."""
    return node.type == "redirected_statement" and all(each.type in _REDIRECTIONS for each in node.children)


def parts(container: Node) -> list[Part]:
    """Statements, operators, words such as "then" and groups such as "else …", in the order of the text."""
    found: list[Part] = []
    todo = list(reversed(container.children))
    while todo:
        node = todo.pop()
        if _is_bare(node):
            found.append(Part(node, node.end_byte))
        elif node.type in _ROWS or node.type == "heredoc_redirect":
            todo.extend(reversed(node.children))
        elif node.type in _REDIRECTIONS and found and found[-1].is_statement:
            found[-1] = replace(found[-1], end=node.end_byte)
        elif node.type in _STATEMENTS | _GROUPS or not (node.is_named or node.type in ("<<", "<<-")):
            found.append(Part(node, node.end_byte))
    return found


def _inner(container: Node) -> Iterator[Node]:
    """The containers in a container, but not those in them."""
    todo = list(reversed(container.children))
    while todo:
        node = todo.pop()
        if node.type in _CONTAINERS:
            yield node
        else:
            todo.extend(reversed(node.children))
