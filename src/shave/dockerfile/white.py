"""White space as Go's ``unicode.IsSpace`` has it, in UTF-8: what BuildKit trims and splits words at."""

import re

SPACE = rb"(?:[\t-\r ]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)"
"""A pattern of one space."""
_LEADING = re.compile(SPACE + rb"*+")
_LAST = re.compile(SPACE + rb"\Z")


def skip(text: bytes, start: int, end: int) -> int:
    """The first offset from ``start`` on where there is no space, at most ``end``."""
    found = _LEADING.match(text, start, end)
    return found.end() if found else start


def trimmed_end(text: bytes, start: int, end: int) -> int:
    """Where ``text[start:end]`` ends without the spaces at its end."""
    while start < end and (found := _LAST.search(text, max(start, end - 3), end)):
        end = found.start()
    return end
