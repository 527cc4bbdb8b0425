"""What Python source imports whenever it is run: the import statements that stand in no block.

One that stands in a block may never run, or its failure may be expected; but where all handlers of a ``try`` statement
raise, what it tries first counts too. Statements are told apart by their indentation. Source: the Python language
reference, 2.1.8 (indentation), 7.11 (import statements).
"""

import re
from collections.abc import Iterator
from itertools import pairwise, takewhile

from msgspec import Struct

from shave.needs.python_names import code

_STATEMENT = re.compile(
    rb"[ \t]*(?:import[ \t]+(?P<plain>[^#\n;(]+)"
    rb"|from[ \t]+(?P<dots>\.*)[ \t]*(?P<module>[\w.]*)[ \t]+import[ \t]*(?:\((?P<many>[^)]*)\)|(?P<few>[^#\n;(]+)))"
)
_LINE = re.compile(rb"^(?=[^\s#])", re.MULTILINE)
_HANDLER = re.compile(rb"except\b|else\b|finally\b")
_BODY = re.compile(rb"[^\n]*\n(?:[ \t]*\n)*([ \t]+)")
_COMMENT = re.compile(rb"#[^\n]*")
_NAME = re.compile(r"[A-Za-z_]\w*")
_LEAVES = re.compile(rb"(?:raise|sys\.exit|exit|quit|os\._exit)\b")


class Import(Struct, frozen=True):
    """``import module``, or ``from module import names``; ``level`` are the dots before the module."""

    module: str
    names: tuple[str, ...] = ()
    level: int = 0


def certain(source: bytes) -> Iterator[Import]:
    """The imports in order, as far as the source surely comes."""
    blocks = _blocks(code(source).replace(b"\\\n", b" "))
    for number, block in enumerate(blocks):
        if _LEAVES.match(block):
            return
        if block.startswith(b"try:"):
            handlers = list(takewhile(_HANDLER.match, blocks[number + 1 :]))
            caught = [each for each in handlers if each.startswith(b"except")]
            if caught and all(map(_raises, caught)):
                yield from _first(block)
        else:
            yield from _statements(block)


def _blocks(source: bytes) -> list[bytes]:
    """Each statement that is not indented, with all that is below it; what closes a bracket belongs to it as well."""
    starts = [found.start() for found in _LINE.finditer(source) if source[found.start()] not in b")]}"]
    return [source[start:end] for start, end in pairwise((*starts, len(source)))]


def _raises(handler: bytes) -> bool:
    """Whether a handler raises, whatever happens in it."""
    body = _BODY.match(handler)
    return body is not None and b"\n" + body[1] + b"raise" in handler


def _first(block: bytes) -> Iterator[Import]:
    """The imports that a block begins with."""
    body = _COMMENT.sub(b"", block).partition(b"\n")[2].lstrip()
    while found := _STATEMENT.match(body):
        yield from _read(found)
        body = body[found.end() :].lstrip(b"; \t\r\n")


def _statements(block: bytes) -> Iterator[Import]:
    """The imports of one line, which may have several."""
    if block.startswith((b"import", b"from")):
        for part in _COMMENT.sub(b"", block).split(b";"):
            if found := _STATEMENT.match(part):
                yield from _read(found)


def _read(found: re.Match[bytes]) -> Iterator[Import]:
    if found["plain"]:
        yield from (Import(name) for name in _words(found["plain"]))
    else:
        names = tuple(_words(found["many"] or found["few"] or b""))
        yield Import((found["module"] or b"").decode("ascii", "replace"), names, len(found["dots"] or b""))


def _words(text: bytes) -> Iterator[str]:
    """The names of a list, without those that they are given ("as")."""
    for part in text.decode("ascii", "replace").split(","):
        name = next(iter(part.split()), "")
        if name and all(_NAME.fullmatch(each) for each in name.split(".")):
            yield name
