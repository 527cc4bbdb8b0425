"""Which words of a logical line are here-documents (Dockerfile reference, "Here-Documents")."""

import re

from msgspec import Struct

from shave.dockerfile.lexer import LexError, unescaped, unquoted, written

_WORD = re.compile(r"([0-9]*)<<(-?)[\t\n\f\r ]*([^<]*)\Z")


class Opening(Struct, frozen=True):
    """``3<<-"EOF"`` at ``start`` to ``end`` of the logical line (bytes)."""

    name: str
    descriptor: int
    is_expanded: bool
    is_chomped: bool
    start: int
    end: int


def openings(code: bytes) -> tuple[Opening, ...]:
    """The here-documents that a line begins. None where its quotes do not end: so the builder does it."""
    text = code.decode("utf-8", "surrogateescape")
    try:
        words = written(text)
    except LexError:
        return ()
    found = []
    for word in words:
        start, end = (len(text[:at].encode("utf-8", "surrogateescape")) for at in (word.start, word.end))
        if opening := parse_opening(word.text, start, end):
            found.append(opening)
    return tuple(found)


def parse_opening(word: str, start: int = 0, end: int = 0) -> Opening | None:
    """A word as a here-document; a terminator that has a quote in it is not expanded."""
    found = _WORD.match(word)
    if not found or not found[3]:
        return None
    try:
        names, raw = unquoted(found[3]), unescaped(found[3])
    except LexError:
        return None
    if len(names) != 1 or len(raw) != 1:
        return None
    is_expanded = _quotes(names[0].text) == _quotes(raw[0].text)
    descriptor = int(found[1][:9] or "0")
    return Opening(names[0].text, descriptor, is_expanded, found[2] == "-", start, end)


def _quotes(text: str) -> int:
    return text.count("'") + text.count('"')
