"""Patterns in ``${x#pattern}``: ``*`` and ``?``, a backslash before them, and no brackets, as BuildKit reads them."""

import re

LONGEST = 4096
"""Characters of the longest value that patterns are tried on: a search takes time with its square."""


def removed_prefix(value: str, pattern: str) -> str:
    """``${x#pattern}``, and with a second "#" before the pattern ``${x##pattern}``; raises ValueError."""
    is_longest = pattern.startswith("#")
    return _trimmed(value, _tokens(pattern[is_longest:]), is_longest)


def removed_suffix(value: str, pattern: str) -> str:
    """The same with "%", from the end."""
    is_longest = pattern.startswith("%")
    return _trimmed(value[::-1], _tokens(pattern[is_longest:])[::-1], is_longest)[::-1]


def replaced(value: str, pattern: str, word: str, is_all: bool) -> str:
    """``${x/pattern/word}`` and ``${x//pattern/word}``."""
    return _compiled(_tokens(pattern), True, value).sub(lambda _: word, value, count=0 if is_all else 1)


def _trimmed(value: str, tokens: list[str], is_longest: bool) -> str:
    found = _compiled(tokens, is_longest, value).match(value)
    return value[found.end() :] if found else value


def _tokens(pattern: str) -> list[str]:
    """Regular expressions, "" for a star."""
    found: list[str] = []
    at = 0
    while at < len(pattern):
        each = pattern[at]
        if each == "\\":
            at += 1
            each = pattern[at : at + 1]
            if each not in ("*", "?", "\\", "}", "/"):
                raise ValueError("a wrong escape in a pattern")
            found.append(re.escape(each))
        else:
            found.append({"*": "", "?": "."}.get(each, re.escape(each)))
        at += 1
    return found


def _compiled(tokens: list[str], is_longest: bool, value: str) -> re.Pattern[str]:
    """Each star but the last takes as little as it can and is never asked again, which finds the same ends."""
    if len(value) > LONGEST or len(tokens) > LONGEST:
        raise ValueError("too long for a pattern")
    first, *rest = "".join(token or "\0" for token in tokens).split("\0")
    out = [first]
    for number, literal in enumerate(rest):
        is_last = number == len(rest) - 1
        out.append(f"(?>.*{'' if is_last and is_longest else '?'}{literal})")
    return re.compile("".join(out))
