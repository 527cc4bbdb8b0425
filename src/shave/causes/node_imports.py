"""What JavaScript loads whenever it is run: the ``require`` and ``import`` statements that begin a line of their own.

One that is indented stands in a block or a function, which may never run. Nothing is parsed: a statement within a
comment or a template is told by what stands before it. Sources: ECMA-262, 16.2 (modules); Node's documentation,
"Modules: CommonJS modules".
"""

import re
from collections.abc import Iterator

from msgspec import Struct

_STATEMENT = re.compile(
    rb"""^(?:
        (?:(?:const|let|var)\s+[^=;`'"(]{1,2000}=\s*|(?:module\.)?exports(?:\.\w{1,80})?\s*=\s*)?
        (?:[\w.$]{1,80}\()?require\(\s*(?P<required>"[^"\n]{1,200}"|'[^'\n]{1,200}')\s*\)
      | (?:import|export)\s+(?!type\b)(?:[^'"();=`]{1,4000}?\sfrom\s+)?(?P<imported>"[^"\n]{1,200}"|'[^'\n]{1,200}')
    )""",
    re.MULTILINE | re.VERBOSE,
)


class Load(Struct, frozen=True):
    """What stands in the statement, and whether that is ``import``: another file of a package may be meant."""

    name: str
    is_import: bool


def certain(source: bytes) -> Iterator[Load]:
    """The statements in order."""
    for found in _STATEMENT.finditer(source):
        if not _is_text(source, found.start()):
            written = found["required"] or found["imported"]
            yield Load(written[1:-1].decode("utf-8", "replace"), bool(found["imported"]))


def _is_text(source: bytes, at: int) -> bool:
    """Whether a comment or a template is open there, as far as can be seen."""
    opened, closed = source.rfind(b"/*", 0, at), source.rfind(b"*/", 0, at)
    return opened > closed or bool(source.count(b"`", 0, at) % 2)
