"""What a word of a shell text is worth where some variables are known: its value, or None where only a run knows.

Source: POSIX.1-2024, Shell Command Language, 2.6 (Word Expansions).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import translate

from msgspec import Struct
from tree_sitter import Node

from shave.shell import syntax

Words = tuple[str | None, ...]
_ESCAPED = re.compile(r"\\(\n|.)", re.DOTALL)
_QUOTED_ESCAPE = re.compile(r'\\([\n$`"\\])')
_GLOB = re.compile(r"(?<!\\)[*?\[]")
_LONGEST_CUT = 4096
LONGEST = 1 << 14
"""Characters of a value; what grows beyond is not known any more. Four paths of PATH_MAX are as long."""
_BLANK = re.compile(r"[ \t\n]+")


class Scope(Struct, frozen=True):
    """What is known where a word stands. A name that is not among the variables is empty, or unknown if ``strange``:
    if a text that could not be read may have set it. ``output`` says what a command substitution prints, ``files``
    which paths of the image match a pattern.
    """

    variables: Mapping[str, str | None]
    arguments: Words
    output: Callable[[Node], str | None]
    files: Callable[[str], Sequence[str] | None] = lambda _: None
    strange: bool = False

    def named(self, name: str) -> str | None:
        """The value of a parameter."""
        if name.isdecimal():
            at = int(name) - 1
            return "" if at >= len(self.arguments) else self.arguments[at] if at >= 0 else None
        if name == "#":
            return str(len(self.arguments))
        if name in ("@", "*"):
            return None if None in self.arguments else " ".join(word or "" for word in self.arguments)
        if name in ("?", "$", "!", "-", "_"):
            return None
        return self.variables.get(name, None if self.strange else "")


def fields(node: Node, scope: Scope) -> Words:
    """The words that one word becomes: of an unquoted expansion none or several, of a pattern nobody knows which."""
    if text(node) in ('"$@"', "$@", "$*"):
        return scope.arguments
    found = value(node, scope)
    if node.type in ("simple_expansion", "expansion", "command_substitution"):
        return (None,) if found is None else tuple(word for word in _BLANK.split(found) if word)
    if node.type in ("word", "concatenation") and any(_GLOB.search(text(part)) for part in _bare(node)):
        return (None,) if found is None else tuple(scope.files(found) or (None,))
    return (found,)


def value(node: Node, scope: Scope) -> str | None:
    """The value of a word that is not split."""
    match node.type:
        case "raw_string":
            return text(node)[1:-1]
        case "string":
            return _string(node, scope)
        case "concatenation":
            return _joined([_piece(child, scope) for child in node.children])
        case "simple_expansion" | "expansion" | "command_substitution":
            return _piece(node, scope)
        case "word" | "number" | "variable_name" | "extglob_pattern" | "regex" | "test_operator":
            return None if any(child.is_named for child in node.children) else _ESCAPED.sub(_unescaped, text(node))
    return None


def expanded(body: str, scope: Scope) -> str | None:
    """A here-document, of which the parser itself sees few expansions: it is read as a string (2.7.4)."""
    if not set("$`\\") & set(body):
        return body
    if len(body) > LONGEST:
        return None
    root = syntax(b'x "' + body.replace('"', '\\"').encode("utf-8", "surrogateescape") + b'"')
    nodes = root.named_children if root is not None and not root.has_error and '\\"' not in body else []
    strings = nodes[0].children_by_field_name("argument") if len(nodes) == 1 else []
    return value(strings[0], scope) if len(strings) == 1 and strings[0].type == "string" else None


def text(node: Node) -> str:
    """The source of a node."""
    return (node.text or b"").decode("utf-8", "surrogateescape")


def matches(word: str, pattern: str) -> bool:
    """Whether a shell pattern matches the whole of a word; 2.14 of the standard."""
    return re.compile(translate(pattern)).match(word) is not None


def _bare(node: Node) -> Sequence[Node]:
    """The parts of a word that no quotes enclose."""
    return [part for part in node.children or [node] if part.type == "word"]


def _string(node: Node, scope: Scope) -> str | None:
    """A double-quoted string. The parser gives blanks between two expansions to the second, or to nobody."""
    source, at, parts = node.text or b"", 1, list[str | None]()
    for child in node.named_children:
        start = child.start_byte - node.start_byte
        parts.append(_quoted(source[at:start]))
        parts.append(_quoted(child.text or b"") if child.type == "string_content" else _piece(child, scope))
        at = child.end_byte - node.start_byte
    parts.append(_quoted(source[at:-1]))
    return _joined(parts)


def _piece(node: Node, scope: Scope) -> str | None:
    """A part of a larger word: an expansion may carry the blanks before it."""
    blanks = text(node)[: len(text(node)) - len(text(node).lstrip())]
    match node.type:
        case "simple_expansion":
            found = scope.named(text(node).strip()[1:])
        case "expansion":
            found = _expansion(node, scope)
        case "command_substitution":
            found = scope.output(node)
        case _:
            return value(node, scope)
    return None if found is None else blanks + found


def _expansion(node: Node, scope: Scope) -> str | None:
    """``${name}`` with one operator."""
    inner = text(node).strip()[2:-1]
    names = [child for child in node.named_children if child.type in ("variable_name", "special_variable_name")]
    if not names or not inner.startswith(text(names[0])):
        return None
    name = text(names[0])
    operator = re.match(r":?[-+=?]|##?|%%?", inner[len(name) :])
    known = scope.named(name)
    if operator is None:
        return known if inner == name else None
    rest = [child for child in node.named_children if child.start_byte >= names[0].end_byte]
    word = _joined([value(child, scope) for child in rest])
    return _operated(operator[0], known, word)


def _operated(operator: str, known: str | None, word: str | None) -> str | None:
    """2.6.2. What is not set is empty here: scripts run with ``set -u`` only where they set all they use."""
    match operator.lstrip(":"):
        case "-" | "=" | "?":
            return known or (word if known == "" else None)
        case "+":
            return "" if known == "" else word if known is not None else None
        case "#" | "##" | "%" | "%%" if known is not None and word is not None and len(known) <= _LONGEST_CUT:
            return _trimmed(operator, known, word)
    return None


def _trimmed(operator: str, word: str, pattern: str) -> str:
    cuts = range(len(word) + 1)
    if operator in ("##", "%"):
        cuts = cuts[::-1]
    if operator.startswith("#"):
        return next((word[cut:] for cut in cuts if matches(word[:cut], pattern)), word)
    return next((word[:cut] for cut in cuts if matches(word[cut:], pattern)), word)


def _joined(parts: Sequence[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    return None if len(known) < len(parts) or sum(map(len, known)) > LONGEST else "".join(known)


def _quoted(source: bytes) -> str:
    return _QUOTED_ESCAPE.sub(_unescaped, source.decode("utf-8", "surrogateescape"))


def _unescaped(found: re.Match[str]) -> str:
    return "" if found[1] == "\n" else found[1]
