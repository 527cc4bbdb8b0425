"""The words of a logical line: flags, words with quotes, JSON arrays.

Sources: moby/buildkit frontend/dockerfile/parser, split_command.go and line_parsers.go; RFC 8259.
"""

import json
import re
from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from shave.dockerfile.white import SPACE, skip

Span = tuple[int, int]
_BLANKS = rb"\t\v\f\r "
_PLAIN = re.compile(rb"[^" + _BLANKS + rb"]+")
_NO_SPACE = rb"(?!" + SPACE + rb")[\xc2\xe1\xe2\xe3]"
_STRING = rb'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"'
_ARRAY = re.compile(rb"\[[ \t\r\n]*+(?:" + _STRING + rb"[ \t\r\n]*+(?:,[ \t\r\n]*+(?=\")|(?=\])))*+\]\Z")
_ELEMENT = re.compile(_STRING)


class Json(Struct, frozen=True):
    """The elements of an array, decoded, each with its place; ``is_foreign`` if not all of them are strings."""

    elements: tuple[tuple[str, int, int], ...]
    is_foreign: bool = False


def plain_words(text: bytes, start: int) -> Iterator[Span]:
    """What is between blanks; quotes mean nothing."""
    return (found.span() for found in _PLAIN.finditer(text, start))


def quoted_words(text: bytes, start: int, escape: bytes) -> Iterator[Span]:
    """What is between spaces that are neither quoted nor escaped; a quote that does not end goes to the end."""
    pattern = _quoted(escape)
    while found := pattern.match(text, skip(text, start, len(text))):
        yield found.span()
        start = found.end()


def flags(text: bytes, start: int, escape: bytes) -> tuple[list[Span], int]:
    """Words that begin with two dashes, and where the first other word begins; "--" alone ends them, and is neither."""
    found: list[Span] = []
    pattern = _flag(escape)
    while True:
        start = skip(text, start, len(text))
        match = pattern.match(text, start) if text.startswith(b"--", start) else None
        if not match:
            return found, start
        start = match.end()
        if match[0] == b"--":
            return found, skip(text, start, len(text))
        found.append(match.span())


def bare(text: bytes, escape: bytes) -> bytes:
    """A flag without its quotes and escapes."""
    if not any(each in text for each in (b"'", b'"', escape)):
        return text
    out, quote, at = bytearray(), b"", 0
    while at < len(text):
        each = text[at : at + 1]
        if each == quote or (not quote and each in (b"'", b'"')):
            quote = b"" if quote else each
        else:
            at += each == escape
            out += text[at : at + 1]
        at += 1
    return bytes(out)


def array(text: bytes, start: int) -> Json | None:
    """A JSON array that is all of the text from ``start`` on; None for what is not JSON."""
    if not text.startswith(b"[", start):
        return None
    if not _ARRAY.match(text, start):
        return Json((), is_foreign=True) if _is_array(text[start:]) else None
    return Json(tuple((_decoded(found[0]), *found.span()) for found in _ELEMENT.finditer(text, start)))


@cache
def _quoted(escape: bytes) -> re.Pattern[bytes]:
    """An escape at the very end is no part of a word."""
    e = re.escape(escape)
    plain = rb"[^\t-\r '\"" + e + rb"\xc2\xe1\xe2\xe3]++"
    single, double = rb"'[^']*+(?:'|\Z)", rb'"(?:[^"' + e + rb"]++|" + e + rb'.)*+(?:"|(?=' + e + rb"?\Z))"
    return re.compile(rb"(?:" + rb"|".join((plain, _NO_SPACE, e + rb".", single, double)) + rb")++", re.DOTALL)


@cache
def _flag(escape: bytes) -> re.Pattern[bytes]:
    """Unlike in other words, an escape counts between single quotes too."""
    e = re.escape(escape)
    plain = rb"[^\t-\r '\"" + e + rb"]++"
    single, double = (q + rb"(?:[^" + q + e + rb"]++|" + e + rb"(?:.|\Z))*+(?:" + q + rb"|\Z)" for q in (b"'", b'"'))
    return re.compile(rb"(?:" + rb"|".join((plain, e + rb"(?:.|\Z)", single, double)) + rb")++", re.DOTALL)


def _is_array(text: bytes) -> bool:
    try:
        return isinstance(json.loads(text.decode("utf-8", "replace"), parse_constant=_refused), list)
    except (ValueError, RecursionError):
        return False


def _refused(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _decoded(string: bytes) -> str:
    text = string.decode("utf-8", "surrogateescape")
    return str(json.loads(text)) if "\\" in text else text[1:-1]
