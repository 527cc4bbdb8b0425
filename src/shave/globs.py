"""Globs over the paths of an image: ``*`` and ``?`` stay in one part, ``**`` crosses parts, ``[…]`` and ``{a,b}``
as in a shell.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

_ACROSS = re.compile(r"\{[^{}]*/[^{}]*\}")
_SPECIAL = re.compile(r"[*?\[{]")
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


def escaped(path: str) -> str:
    """The glob that matches this path alone."""
    return _SPECIAL.sub(lambda found: f"[{found[0]}]", path)


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
        body = token[1:-1].replace("\\", "\\\\").replace("[", "\\[")
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
    globs = tuple(globs)
    named = [glob for glob in globs if _name(glob)]
    others = _pattern(glob for glob in globs if not _name(glob))
    names, whole = _pattern(map(_name, named)), _pattern(named)

    # nearly all paths are told from a glob's by their last part alone, in a third of the time
    def matches(path: str) -> bool:
        if names(path[path.rfind("/") + 1 :]) and whole(path):
            return True
        return others(path) is not None

    return matches


def _name(glob: str) -> str:
    """The glob that the last part of each path must match; "" where none is known."""
    last = glob.rpartition("/")[2]
    return "" if "**" in last or _ACROSS.search(glob) else last


def _pattern(globs: Iterable[str]) -> Callable[[str], re.Match[str] | None]:
    expressions = [f"(?:{expression(glob)})" for glob in globs]
    return re.compile("|".join(expressions) or "(?!)", re.DOTALL).fullmatch
