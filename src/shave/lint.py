"""What is wrong with a Dockerfile: the rule that says so, where, what it costs, the edit that fixes it."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from shave.dockerfile.edits import Edit

Severity = Literal["error", "warning", "info"]
"""It cannot work; it costs bytes; it may, or costs few."""
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

Kind = Literal[
    "written",
    "new",
    "deleted",
    "rewritten",
    "again",
    "recommended",
    "build tools",
    "packages",
    "development",
    "symbols",
    "merged",
    "context",
    "everything",
    "each release",
]
"""Which bytes of an image, or of a context, a finding is about.

"written": what the steps wrote and the globs match, "new": what of that no earlier layer has with the same content,
"deleted": what they deleted that earlier layers have, "rewritten": what they wrote over files of earlier layers,
"again": what they wrote with the same content over files of others of these steps (one step: over whatever was
before), "recommended": packages that they installed only since others recommend them, "build tools": packages that
serve builds only, "packages": those of these ``names`` and what came for their sake, "development": an application's
packages that only its development needs, "symbols": what debuggers read of programs that no package manager brought,
"merged": what one of the steps wrote and a later one wrote over or deleted, "context": what of the context the globs
match, "everything": all that the image has, of its base, too, "each release": what the steps wrote, which saves nothing
of one image, but of each release that ships it again.
"""


class About(Struct, frozen=True):
    """What of an image a finding is about: bytes of this kind, in the layers of the instructions with these numbers.

    ``globs`` are over paths of the image, all of them where there are none; ``but`` are excepted, and what is visible
    at the paths of ``kept``.
    """

    kind: Kind
    steps: tuple[int, ...]
    globs: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    kept: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()


class Amount(Struct, frozen=True):
    """Bytes that a fix saves. Where they are not ``measured`` they are an estimate, and ``source`` says whose.

    Estimates of one ``fact`` are about the same bytes of an image, whatever finding says them; "" is none's.
    """

    packed_bytes: int
    unpacked_bytes: int
    measured: bool = True
    source: str = ""
    fact: str = ""


class Fix(Struct, frozen=True):
    """Edits that belong together, and what they do in a few words.

    ``is_safe`` if no build that worked can fail by it and no program can miss what goes.
    """

    text: str
    edits: tuple[Edit, ...]
    is_safe: bool


class LintFinding(Struct, frozen=True):
    """What a rule found at ``start`` to ``end`` of the Dockerfile (bytes): a sentence, and how to mend it.

    ``step`` is the number of the instruction. ``advice`` says what to do where there is no ``fix``. ``amount`` is what
    it costs, None where that is not known; rules set it to their estimate, if they have one.
    """

    rule: str
    severity: Severity
    text: str
    step: int
    start: int
    end: int
    advice: str = ""
    fix: Fix | None = None
    about: About | None = None
    amount: Amount | None = None


class LintSettings(Struct, frozen=True):
    """What a user asks: rules by "SHV101", "SHV1" or "DL3009", ``per_file_ignores`` by globs of paths from here.

    ``fail_over`` is a number of bytes ("10MB"): findings about bytes fail only if all that was measured is more.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_over: int | str | None = None
    per_file_ignores: Mapping[str, tuple[str, ...]] = {}
