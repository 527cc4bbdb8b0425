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
    return tuple(found)


def _row(container: Node) -> Iterator[Step]:
    """The steps that stand in a container itself."""
    items = [None, *_items(container), None]
    for before, item, after in zip(items, items[1:], items[2:], strict=False):
        if isinstance(item, Step):
            operators = (each if isinstance(each, Operator) else None for each in (before, after))
            yield replace(item, **dict(zip(("before", "after"), operators, strict=True)))


def _items(container: Node) -> list[Step | Operator | None]:
    """Steps and operators in the order of the text, None for words such as "then"."""
    items: list[Step | Operator | None] = []
    todo = list(reversed(container.children))
    while todo:
        node = todo.pop()
        if node.type in _ROWS or node.type == "heredoc_redirect":
            todo.extend(reversed(node.children))
        elif node.type in _STATEMENTS:
            items.append(Step(node.type, container.type, node.start_byte, node.end_byte))
        elif node.type in _OPERATORS:
            items.append(Operator(node.type, node.start_byte, node.end_byte))
        elif node.type in _REDIRECTIONS and items and (last := items[-1]):
            items[-1] = replace(last, end=node.end_byte)
        elif not node.is_named and node.type not in ("<<", "<<-"):
            items.append(None)
    return items


def _inner(container: Node) -> Iterator[Node]:
    """The containers in a container, but not those in them."""
    todo = list(reversed(container.children))
    while todo:
        node = todo.pop()
        if node.type in _CONTAINERS:
            yield node
        else:
            todo.extend(reversed(node.children))
