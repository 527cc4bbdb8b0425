"""Globs over the paths of an image: ``*`` and ``?`` stay in one part, ``**`` crosses parts, ``[…]`` and ``{a,b}``
as in a shell.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[[!^]?\]?[^\]/]*\]|\{[^{}]*\}|.", re.DOTALL)


@lru_cache(maxsize=4096)
def expression(glob: str) -> str:
    """The regular expression for one glob over normalised paths; a leading slash means nothing, a trailing one
    ``/**``.
    """
    text = glob.lstrip("/")
    if text.endswith("/"):
        text += "**"
    return "".join(_part(token) for token in _TOKEN.findall(text))


def _part(token: str) -> str:
    if token == "**/":
        return "(?:.*/)?"
    if token == "**":
        return ".*"
    if token == "*":
        return "[^/]*"
    if token == "?":
        return "[^/]"
    if token.startswith("[") and len(token) > 2:
        body = token[1:-1].replace("\\", "\\\\")
        return _class(f"[^/{body[1:]}]" if body[0] in "!^" else f"[{body}]", token)
    if token.startswith("{") and len(token) > 2:
        return "(?:" + "|".join(expression(choice) for choice in token[1:-1].split(",")) + ")"
    return re.escape(token)


def _class(text: str, token: str) -> str:
    try:
        re.compile(text)
    except re.error:
        return re.escape(token)
    return text


def matcher(globs: Iterable[str]) -> Callable[[str], bool]:
    """Whether a path matches any of the globs. No globs match nothing."""
    expressions = [expression(glob) for glob in globs]
    if not expressions:
        return lambda path: False
    pattern = re.compile("|".join(f"(?:{text})" for text in expressions), re.DOTALL)
    return lambda path: pattern.fullmatch(path) is not None
