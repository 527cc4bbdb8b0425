"""What a ``.dockerignore`` leaves out of a build context, by the rules of Docker's own reader.

Each line is a pattern; the last that matches a path, or a directory above it, decides; ``!`` takes back in. Unlike
git's, a pattern always begins at the context's root. Directories are walked as BuildKit does: whatever a pattern takes
back in comes, where the builder before it passed over directories that hold it.

Sources: Docker's documentation, ".dockerignore file"; moby/patternmatcher, patternmatcher.go, ignorefile/ignorefile.go.
"""

import re
import warnings
from collections.abc import Iterator
from posixpath import normpath

from msgspec import Struct

from shave.errors import UsageError

_HINT = "Docker would refuse it too: see its documentation of .dockerignore"
_SCANNED = re.compile(r"(?P<across>\*\*/?)|(?P<stars>\*)|(?P<one>\?)|\\(?P<escaped>.?)|(?P<other>.)", re.DOTALL)


class Pattern(Struct, frozen=True):
    """One line: what it matches, with all below that, and whether it is taken back in."""

    matches: re.Pattern[str]
    takes_back: bool


_NONE = Pattern(re.compile(""), True)


class Ignored(Struct, frozen=True):
    """The patterns of a file, in its order. Paths are relative to the context, normalised as in ``shave.tree``."""

    patterns: tuple[Pattern, ...] = ()

    @property
    def takes_back(self) -> bool:
        """Whether something below a directory that is left out may come all the same."""
        return any(pattern.takes_back for pattern in self.patterns)

    def __call__(self, path: str) -> bool:
        """Whether a path is left out: what the last pattern says that matches it."""
        matching = (pattern for pattern in reversed(self.patterns) if pattern.matches.fullmatch(path))
        return not next(matching, _NONE).takes_back


def parse(text: str) -> Ignored:
    """The patterns of a file. Raises UsageError for a line that Docker refuses."""
    return Ignored(tuple(_pattern(line) for line in _lines(text)))


def _lines(text: str) -> Iterator[str]:
    """The patterns, cleaned as Go's filepath.Clean does. Source: ignorefile.ReadAll."""
    for line in text.removeprefix("\N{BYTE ORDER MARK}").split("\n"):
        written = "" if line.startswith("#") else line.strip()
        mark, pattern = ("!", written[1:].strip()) if written.startswith("!") else ("", written)
        if pattern:
            cleaned = normpath(pattern)
            yield mark + (cleaned.lstrip("/") or "/")
        elif mark:
            raise UsageError(".dockerignore has a line of nothing but '!'", _HINT)


def _pattern(line: str) -> Pattern:
    pattern = line.removeprefix("!")
    try:
        expression = "".join(_parts(pattern))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of sets of sets, which Go has no more than Python
            return Pattern(re.compile(f"(?:{expression})(?:/.*)?", re.DOTALL), pattern != line)
    except re.error as error:
        raise UsageError(f".dockerignore has a pattern that cannot be read: {pattern!r}", _HINT) from error


def _parts(pattern: str) -> Iterator[str]:
    """The regular expression of a pattern. ``[`` and what follows mean the same in both."""
    for found in _SCANNED.finditer(pattern):
        if found["across"]:
            yield ".*" if found.end() == len(pattern) else "(?:.*/)?"
        elif found["stars"]:
            yield "[^/]*"
        elif found["one"]:
            yield "[^/]"
        elif found["other"]:
            yield found["other"] if found["other"] in "[]-^" else re.escape(found["other"])
        else:
            yield re.escape(found["escaped"] or "\\")
