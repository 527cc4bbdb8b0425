"""What varies between two runs of one image, token by token: dates, pids, ports, ids, temporary names. Pure.

A text is cut into tokens so that a value that varies is one token whatever it is. Where the original's answers differ,
their tokens name the class of what varies there, and only a token of that class matches. A line is never masked as a
whole.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

WORD = "word"
"""The class of what varies in no known way."""

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK = r"\d\d:\d\d:\d\d"
_NUMBER = r"\d+(?:\.\d+)*(?:[eE][+-]?\d+)?"
_UNIT = r"(?:[kKMGT]?i?B|[mµun]?s|min|h|m|%)"
_SPAN = r"(?:milliseconds?|msecs?|seconds?|secs?|minutes?|mins?|hours?|days?)"

_DATES = (
    rf"\d{{4}}[-/]\d\d[-/]\d\d[T ]{_CLOCK}(?:[.,]\d+)?",
    rf"{_DAY}, \d\d {_MONTH} \d{{4}} {_CLOCK}",
    rf"{_DAY} {_MONTH} [ \d]\d {_CLOCK} \d{{4}}",
    rf"\d\d/{_MONTH}/\d{{4}}:{_CLOCK}",
    r"\d{4}-\d\d-\d\d",
)
_TIMES = (rf"{_CLOCK}(?:[.,]\d+)?", r"\d\d:\d\d")
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_QUANTITIES = (rf"{_NUMBER} {_SPAN}", rf"-?(?:{_NUMBER}{_UNIT})+")
_TEMPORARY = r"(?:/var)?/tmp/[\w.-]+"

_CLASSES = {
    "date": "|".join(_DATES),
    "time": "|".join(_TIMES),
    "uuid": _UUID,
    "number": rf"-?{_NUMBER}",
    "quantity": "|".join(_QUANTITIES),
    "hex id": r"(?:0[xX])?[0-9a-fA-F]{6,}",
    "temporary name": rf"{_TEMPORARY}|tmp[\w.-]{{6,}}",
    "random name": r"(?=[^\d]*\d)[\w+/=-]{8,}|[\w+/=-]{16,}",
    "space": r"[ \t]+",
}
_MATCHERS = {name: re.compile(pattern) for name, pattern in _CLASSES.items()}

_LEXER = re.compile(
    "|".join(
        (
            r"[ \t]+",
            *(rf"(?<![\w.]){pattern}(?!\d)" for pattern in (*_DATES, *_TIMES)),
            rf"(?<!\w){_UUID}(?!\w)",
            _TEMPORARY,
            r"(?<![\w/.+-])[A-Za-z0-9+/]{20,}={0,2}(?![\w/.-])",
            r"(?<![\w-])[\w-]{20,}={0,2}",
            *(rf"(?<![\w.]){pattern}(?!\w)" for pattern in _QUANTITIES),
            rf"(?<![\w.)])-?{_NUMBER}(?!\w)",
            r"\w+",
            r"[^\w\t ]",
        )
    )
)


class Token(Struct, frozen=True):
    """What the original says at one place: the ``texts`` of its runs, and the class of the noise, "" if they agree."""

    texts: tuple[str, ...]
    noise: str


def tokens(line: str) -> list[str]:
    """The tokens of ``line``, in order and without loss."""
    return _LEXER.findall(line)


def class_of(*texts: str) -> str:
    """The first class that all ``texts`` are of; ``WORD`` if there is none."""
    return next((name for name, matcher in _MATCHERS.items() if all(map(matcher.fullmatch, texts))), WORD)


def is_of(text: str, noise: str) -> bool:
    """Is ``text`` of the class?"""
    return bool(_MATCHERS[noise].fullmatch(text))


def aligned(lines: Sequence[str]) -> list[Token] | None:
    """One line as the original's runs gave it, token by token; None if their numbers of tokens differ."""
    columns = [tokens(line) for line in lines]
    if len({len(column) for column in columns}) != 1:
        return None
    return [Token(texts, "" if len(set(texts)) == 1 else class_of(*texts)) for texts in zip(*columns, strict=True)]


def outline(line: str) -> str:
    """The line with its tokens of a class replaced by the class: equal for lines that differ in noise only."""
    parts = ((token, class_of(token)) for token in tokens(line))
    return "".join(token if noise == WORD else f"<{noise}>" for token, noise in parts)
