"""What ``shave lint`` tells of Dockerfiles."""

from msgspec import Struct

from shave.lint import Amount, Severity


class Edited(Struct, frozen=True):
    """A fix: what it does, whether any build and program can do without what goes, and its edits as text.

    An edit is (first byte, last byte but one, replacement); bytes that are no UTF-8 are surrogates.
    """

    text: str
    is_safe: bool
    edits: tuple[tuple[int, int, str], ...]


class Seen(Struct, frozen=True):
    """A finding where people look for it: lines and columns from 1, columns in characters, ``end_column`` behind it.

    ``instruction`` is its line of the file, ``excerpt`` the first line that it is about. ``amount`` is None where
    nobody knows the bytes.
    """

    rule: str
    name: str
    severity: Severity
    text: str
    line: int
    column: int
    end_line: int
    end_column: int
    excerpt: str
    advice: str = ""
    fix: Edited | None = None
    amount: Amount | None = None


class LintedFile(Struct, frozen=True):
    """One Dockerfile. ``path`` is "-" for standard input; ``unread`` says why it could not be read, "" if it could."""

    path: str
    findings: tuple[Seen, ...]
    unread: str = ""


class Linted(Struct, frozen=True):
    """``shave.lint/v1``: the files in the order in which they were given, the findings of each the dearest first.

    ``packed_bytes`` and ``unpacked_bytes`` are what all measured findings save together, ``estimated_packed_bytes``
    what the others may. ``image`` and ``context`` are what was measured, "" for nothing.
    """

    files: tuple[LintedFile, ...]
    image: str
    context: str
    packed_bytes: int
    unpacked_bytes: int
    estimated_packed_bytes: int
    next: str

    @property
    def findings(self) -> tuple[Seen, ...]:
        """Of all files."""
        return tuple(finding for each in self.files for finding in each.findings)
