"""What JavaScript loads whenever it is run: ``require`` and ``import`` in statements that are not indented.

One that is indented stands in a block or a function, which may never run; so may what stands behind an arrow or a
condition. Nothing is parsed: that a statement is within a comment or a template is told by what stands before it.
Sources: ECMA-262, 16.2 (modules), 13.3.10 (import calls); Node's documentation, "Modules: CommonJS modules".
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from operator import itemgetter

from msgspec import Struct

_NAME = rb"""(?:"(?P<%s>[^"\n]{1,200})"|'(?P<%s>[^'\n]{1,200})')""" % (b"double", b"single")
_DECLARED = re.compile(rb"^(?:import|export)\s+(?!type\b)(?P<what>[^'\"();=`]{0,2000}+)" + _NAME, re.MULTILINE)
_FROM = re.compile(rb"(?:.*\s)?from\s*", re.DOTALL)
_ASSIGNED = re.compile(rb"^(?:const|let|var)\s+\{[^}=;`'\"(]{1,2000}+\}\s*=\s*require\(\s*" + _NAME, re.MULTILINE)
_LINE = re.compile(
    rb"^(?!(?:async|case|class|default|do|else|export|for|function|if|return|switch|try|while|with)\b)[\w$(\[].{0,1000}$",
    re.MULTILINE,
)
_CALL = re.compile(rb"\b(?P<how>require|import)\(\s*" + _NAME + rb"\s*\)(?!\s*\.\s*catch)")
_PERHAPS = re.compile(rb"=>|\bfunction\b|\?|&&|\|\||//")
_MARK = re.compile(rb"`|/\*|\*/")
_CLOSES = {b"`": b"`", b"/*": b"*/"}


class Load(Struct, frozen=True):
    """What stands in the statement, and whether that is ``import``: another file of a package may be meant."""

    name: str
    is_import: bool


def certain(source: bytes) -> Iterator[Load]:
    """What is surely loaded; declarations first, as they are run."""
    texts = list(_texts(source))
    for at, name, is_import in _stated(source):
        before = bisect_right(texts, at, key=itemgetter(0)) - 1
        if before < 0 or at >= texts[before][1]:
            yield Load(name.decode("utf-8", "replace"), is_import)


def _stated(source: bytes) -> Iterator[tuple[int, bytes, bool]]:
    for found in _DECLARED.finditer(source):
        if not found["what"] or _FROM.fullmatch(found["what"]):
            yield found.start(), found["double"] or found["single"], True
    for found in _ASSIGNED.finditer(source):
        yield found.start(), found["double"] or found["single"], False
    for line in _LINE.finditer(source):
        for call in _CALL.finditer(line[0]):
            if not _PERHAPS.search(line[0], 0, call.start()):
                yield line.start(), call["double"] or call["single"], call["how"] == b"import"


def _texts(source: bytes) -> Iterator[tuple[int, int]]:
    """Where comments and templates are, as far as can be seen: a mark within another kind of text counts as well."""
    opened, start = b"", 0
    for mark in _MARK.finditer(source):
        if not opened and mark[0] != b"*/":
            opened, start = _CLOSES[mark[0]], mark.start()
        elif mark[0] == opened:
            yield start, mark.end()
            opened = b""
    if opened:
        yield start, len(source)
