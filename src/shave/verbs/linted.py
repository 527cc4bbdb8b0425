"""What ``shave lint`` tells of Dockerfiles."""

from typing import Literal

from msgspec import Struct

from shave.lint import Amount, Severity
from shave.verbs.lint_bases import BaseRow
from shave.verbs.lint_context import Proposed
from shave.verbs.lint_lines import LineCost
from shave.verbs.proved import Proved


class EditSeen(Struct, frozen=True):
    """``replacement`` instead of the bytes from ``start`` to ``end``, which stand at these lines and columns.

    Bytes that are no UTF-8 are surrogates.
    """

    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int
    replacement: str


class Edited(Struct, frozen=True):
    """A fix: what it does, whether every build and program can do without what goes, and its edits."""

    text: str
    is_safe: bool
    edits: tuple[EditSeen, ...]


class Seen(Struct, frozen=True):
    """A finding where people look for it: lines and columns from 1, columns in characters, ``end_column`` behind it.

    ``excerpt`` is the first line that it is about. ``amount`` is None where nobody knows the bytes.
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


class Statistic(Struct, frozen=True):
    """What one rule found: how much, in how many ``files``, how much of it with a fix, and what that saves together or
    may save.
    """

    rule: str
    name: str
    findings: int
    files: int
    fixes: int
    packed_bytes: int
    estimated_packed_bytes: int


class Limit(Struct, frozen=True):
    """What all that was measured may be, in packed bytes, and what it is; "unmeasured" where nothing was measured: then
    findings fail as without a limit.
    """

    packed_bytes: int
    verdict: Literal["within", "over", "unmeasured"]


Unasked = Literal["image", "context", "bases"]
"""What was not given, and would tell more of a Dockerfile."""


class LintedFile(Struct, frozen=True):
    """One Dockerfile, its findings the dearest first; ``unread`` says why it could not be read, "" if it could.
    ``unwritten`` says why it could not be mended.

    ``notes`` are about its comments that ask to ignore what is not there. ``fixed`` are the findings that are mended
    now: they stand where they were, and none of the others is among them. It ``is_strict`` if it asks that any finding
    fails (``# check=error=true``). The bytes are what all measured findings save together, no byte counted twice, and
    what the others may; those with ``fixed_`` are of what is mended. ``ignore_file`` is the .dockerignore that would
    leave out of the context what goes to waste. ``lines`` are what its instructions cost in the image, ``bases`` what
    it starts from, weighed; ``proved`` is what builds before and after its fixes show. ``statistics`` are its findings
    by rules, ``unasked`` what would tell more.
    """

    path: str
    findings: tuple[Seen, ...] = ()
    unread: str = ""
    unwritten: str = ""
    notes: tuple[str, ...] = ()
    is_strict: bool = False
    packed_bytes: int = 0
    unpacked_bytes: int = 0
    estimated_packed_bytes: int = 0
    fixed: tuple[Seen, ...] = ()
    ignore_file: Proposed | None = None
    lines: tuple[LineCost, ...] = ()
    bases: tuple[BaseRow, ...] = ()
    proved: Proved | None = None
    fixed_packed_bytes: int = 0
    fixed_estimated_packed_bytes: int = 0
    statistics: tuple[Statistic, ...] = ()
    unasked: tuple[Unasked, ...] = ()


class Linted(Struct, frozen=True):
    """``shave.lint/v1``: first the files that cannot work or be read, then those that save most.

    ``image`` and ``context`` are what was measured, "" for nothing. ``failed`` if findings are at or above the
    threshold, or over the ``limit``. ``statistics`` are all findings by rules, the dearest first.
    """

    files: tuple[LintedFile, ...]
    image: str
    context: str
    packed_bytes: int
    unpacked_bytes: int
    estimated_packed_bytes: int
    failed: bool
    next: str
    limit: Limit | None = None
    statistics: tuple[Statistic, ...] = ()

    @property
    def findings(self) -> tuple[Seen, ...]:
        """Of all files."""
        return tuple(finding for each in self.files for finding in each.findings)
