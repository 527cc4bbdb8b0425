"""Which variables a shell text gives to which of its commands.

``X=1 a`` is for ``a`` alone, ``export X=1`` for all behind it in the same shell, ``X=1`` for none but where X is in
the environment before or is exported. What is echoed, and words of other commands, set nothing.
Sources: POSIX.1-2024, Shell Command Language, 2.9.1, 2.13; export; env(1); sudo(8).
"""

import re
from collections.abc import Iterator

from msgspec import Struct
from tree_sitter import Node

from shave.shell import syntax

_VALUE = re.compile(r"(['\"]?)([\w./:@=,+-]*)\1")
_ROUGHLY = re.compile(rb"(?<![\w$])([A-Za-z_]\w*)=([\"']?[\w./:@=,+-]*)")
_EXPORTING = re.compile(rb"export\b|(?:declare|typeset)\s+-\w*x")
_ALL = re.compile(rb"\bset\s+-(?:\w*a|o\s+allexport)")
_PASSING = frozenset({b"env", b"sudo", b"doas"})
"""They give ``NAME=VALUE`` to the command that they start."""
_SHELLS = frozenset({"subshell", "command_substitution", "process_substitution"})


class Assignment(Struct, frozen=True):
    """A variable that has a value for the commands between ``start`` and ``end``; "" where only a run knows it.

    Where it ``is_own`` to the shell, only if the environment has such a variable already.
    """

    name: str
    value: str
    start: int
    end: int
    is_own: bool = False


def assignments(text: bytes) -> tuple[Assignment, ...]:
    """Those of a text, by ``start``, also in strings that it hands to shells; of a broken text whatever looks so."""
    root = syntax(text)
    if root is None or root.has_error:
        return tuple(_roughly(text, 0, len(text)))
    return tuple(sorted(_of(root, text), key=lambda each: each.start))


def _roughly(text: bytes, start: int, end: int) -> Iterator[Assignment]:
    for found in _ROUGHLY.finditer(text, start, end):
        yield Assignment(found[1].decode("ascii", "replace"), _value(found[2]), start, end)


def _of(root: Node, text: bytes) -> Iterator[Assignment]:
    """Without recursion: a text may nest deep. With each node go what it stands in, and where its shell ends."""
    exported: set[str] = set()
    todo: list[tuple[Node, Node, int]] = [(root, root, len(text))]
    own: list[Assignment] = []
    while todo:
        node, parent, end = todo.pop()
        match node.type:
            case "variable_assignment" if parent.type == "command":
                yield from _assigned(node, node.end_byte, parent.end_byte)
            case "variable_assignment" if parent.type == "declaration_command" and _EXPORTING.match(parent.text or b""):
                yield from _assigned(node, parent.end_byte, end)
            case "variable_assignment":
                own.extend(_assigned(node, node.end_byte, end))
            case "variable_name" if parent.type == "declaration_command" and _EXPORTING.match(parent.text or b""):
                exported.add((node.text or b"").decode("utf-8", "replace"))
            case "string" | "raw_string":
                yield from _roughly(text, node.start_byte, node.end_byte)
            case "command":
                yield from _passed(node)
        inner = node.end_byte if node.type in _SHELLS else end
        todo.extend((child, node, inner) for child in reversed(node.named_children))
    is_all = _ALL.search(text) is not None
    yield from (
        Assignment(each.name, each.value, each.start, each.end, is_own=not is_all and each.name not in exported)
        for each in own
    )


def _assigned(node: Node, start: int, end: int) -> Iterator[Assignment]:
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if name is not None and name.text:
        yield Assignment(
            name.text.decode("utf-8", "replace"), _value((value.text if value else b"") or b""), start, end
        )


def _passed(command: Node) -> Iterator[Assignment]:
    """What ``env X=1 a`` gives to ``a``."""
    name = command.child_by_field_name("name")
    if name is None or (name.text or b"").rpartition(b"/")[2] not in _PASSING:
        return
    for word in command.children_by_field_name("argument"):
        found = _ROUGHLY.match(word.text or b"")
        if found:
            value = (word.text or b"")[found.end(1) + 1 :]
            yield Assignment(found[1].decode("ascii", "replace"), _value(value), word.end_byte, command.end_byte)


def _value(text: bytes) -> str:
    found = _VALUE.fullmatch(text.decode("utf-8", "replace"))
    return found[2] if found else ""
