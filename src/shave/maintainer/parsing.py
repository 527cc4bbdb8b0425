"""Texts of scripts as a tree, where the parser is wrong about a text too.

tree-sitter-bash 0.25 takes the ``$2`` of ``$1/$2`` for a ``$`` and a word of its own (its issues 306 and 315), and
``$1x`` for a variable 1x. It reads braces right, and they say the same.
"""

import re
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from shave.maintainer.words import text as written
from shave.shell import syntax

_NAME = re.compile(rb"[A-Za-z_]\w*|[0-9]", re.ASCII)
_NUMBERED = re.compile(rb"[0-9]\w")
_LIKELY = re.compile(rb"\$\S{1,99}?\$\w|\$[0-9]\w")
"""What nearly no text has: to look at every node takes longer than to parse."""
_MOST_ROUNDS = 8
"""Of expansions in one word, each round finds one."""


def parsed(text: bytes) -> Node | None:
    """The tree of a text that says the same; None for texts that are not parsed."""
    root = syntax(text)
    for _ in range(_MOST_ROUNDS if _LIKELY.search(text) else 0):
        lost = [] if root is None else [place for place in _misread(root) if _NAME.match(text, place)]
        if not lost:
            break
        text = _braced(text, lost)
        root = syntax(text)
    return root


def assigned(node: Node) -> Iterator[str]:
    """Names that are set somewhere in a statement."""
    todo = [node]
    while todo:
        here = todo.pop()
        name = here.child_by_field_name("name") if here.type == "variable_assignment" else None
        if name:
            yield written(name)
        todo.extend(here.named_children)


def redirects(node: Node) -> Iterator[Node]:
    """Where a statement's output and input go, behind a here-document too."""
    for child in node.named_children:
        if child.type == "file_redirect":
            yield child
        elif child.type == "heredoc_redirect":
            yield from (each for each in child.named_children if each.type == "file_redirect")


def _misread(root: Node) -> Iterator[int]:
    """Where the names of expansions begin that want braces."""
    open_ = [(root, "")]
    while open_:
        node, above = open_.pop()
        if node.type == "$" and above == "concatenation":
            yield node.end_byte
        elif node.type == "variable_name" and above == "simple_expansion" and _NUMBERED.match(node.text or b""):
            yield node.start_byte
        open_.extend((child, node.type) for child in node.children)


def _braced(text: bytes, places: Iterable[int]) -> bytes:
    parts, at = [], 0
    for place in sorted(places):
        name = _NAME.match(text, place)
        if name:
            parts += [text[at:place], b"{", name[0], b"}"]
            at = name.end()
    return b"".join([*parts, text[at:]])
