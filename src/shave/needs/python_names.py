"""The modules that Python source, bytecode and text name, by a scan of bytes: nothing is parsed, nothing is run.

Sources: the Python language reference, 7.11 (import statements); the library reference, importlib; CPython,
Python/marshal.c (names are interned short ASCII strings: ``Z``, a byte of length, the characters).
"""

import re
from collections.abc import Iterator

_NAME = rb"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_IMPORT = re.compile(rb"import\b")
_BEFORE = re.compile(rb"(?:.*[;:])?[ \t]*\"?(?:from[ \t]+(%s)[ \t]+)?" % _NAME)
_AFTER = re.compile(rb"[ \t]*(?:\(([^)]{0,65536})\)|([\w., \t*]*))")
_LONGEST_LINE = 1000
_TRIED = re.compile(rb"try:\s+(?:import|from)[ \t]+(%s)" % _NAME)
_CALL = re.compile(rb"(?:import\w*|find_spec)\(\s*[\"'](%s)[\"']" % _NAME)
_CONSTANT = re.compile(rb"[\"'](%s)(?::[\w.]+)?[\"']" % _NAME)
_WORD = re.compile(rb"(?<![\w./@-])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_AS_MAIN = re.compile(rb"\bpython[\d.]*(?:[ \t]+-[A-Za-z]+)*?[ \t]+-m[ \t]*(%s)" % _NAME)
_INTERNED = re.compile(rb"[Z\xda]([\x01-\xff])", re.DOTALL)
_EXACT = re.compile(_NAME)
_COMMENT = re.compile(rb"#[^\n]*")
_STRING = re.compile(
    rb"#[^\n]*|(?P<long>\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*+''')"
    rb"|\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'",
    re.DOTALL,
)


def imported(source: bytes) -> Iterator[str]:
    """What import statements name, wherever they stand, and calls of functions such as ``import_module``.

    ``from a import b`` names ``a.b``, which may be no module. Relative imports are not looked at.
    """
    for found in _IMPORT.finditer(source):
        line = source.rfind(b"\n", max(0, found.start() - _LONGEST_LINE), found.start()) + 1
        before = _BEFORE.fullmatch(source, line, found.start())
        after = _AFTER.match(source, found.end())
        if before and after:
            yield from _stated(before[1], after[1] or after[2] or b"")
    if b"import" in source or b"find_spec" in source:
        yield from (name.decode() for name in _CALL.findall(source))


def _stated(package: bytes | None, names: bytes) -> Iterator[str]:
    for part in _COMMENT.sub(b"", names).split(b","):
        words = part.split()
        name = words[0].decode("ascii", "replace") if words else ""
        if package:
            yield f"{package.decode()}.{name}" if name else package.decode()
        elif name:
            yield name


def code(source: bytes) -> bytes:
    """A source without its long strings, in which examples stand."""
    return _STRING.sub(lambda found: b"" if found["long"] else found[0], source)


def tried(source: bytes) -> Iterator[str]:
    """What an import statement names that comes first under ``try``: the code goes on without it."""
    yield from (name.decode() for name in _TRIED.findall(source))


def constants(source: bytes) -> Iterator[str]:
    """The string constants that may name a module, without what follows a colon."""
    yield from (name.decode() for name in _CONSTANT.findall(source))


def words(text: bytes) -> Iterator[str]:
    """The dotted words of a configuration or a command, and what ``python -m`` names."""
    yield from (name.decode() for name in _WORD.findall(text))


def mains(text: bytes) -> Iterator[str]:
    """What ``python -m`` runs in the lines of a script."""
    yield from (name.decode() for name in _AS_MAIN.findall(text))


def compiled(bytecode: bytes) -> Iterator[str]:
    """Every name in bytecode: the modules are among the names of attributes and variables."""
    for found in _INTERNED.finditer(bytecode):
        at = found.end()
        name = bytecode[at : at + found[1][0]]
        if _EXACT.fullmatch(name):
            yield name.decode()
