"""``shave lint --fix``: the edits of findings, applied until there is nothing more to do."""

import os
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from difflib import unified_diff
from posixpath import normpath

from msgspec import Struct
from msgspec.structs import replace

from shave.dockerfile.edits import Edit, apply, compatible
from shave.dockerfile.parser import parse
from shave.lint import LintFinding
from shave.recipe import read
from shave.rules.known import Known
from shave.verbs.lint import found
from shave.verbs.lint_chosen import EVERY, Chosen
from shave.verbs.lint_context import proposed
from shave.verbs.lint_image import matched
from shave.verbs.lint_price import priced

_MOST_ROUNDS = 10
_IGNORING = "SHV207"
"""The rule whose findings an ignore file mends."""
_SIDES = (("---", "a"), ("+++", "b"))
Find = Callable[[bytes], Sequence[LintFinding]]
Wish = Callable[[LintFinding], bool]
"""Whether the fix of a finding is to be applied."""


class Round(Struct, frozen=True):
    """A text, and the findings in it whose fixes were applied at once."""

    text: bytes
    applied: tuple[LintFinding, ...]


class Fixed(Struct, frozen=True):
    """A text after its fixes, the rounds in which they were applied, and what would have broken the text.

    ``ignore`` is the text of the context's ignore file that the fixes of the last round are, None for none.
    """

    text: bytes
    rounds: tuple[Round, ...] = ()
    broken: tuple[LintFinding, ...] = ()
    ignore: str | None = None

    @property
    def applied(self) -> tuple[LintFinding, ...]:
        """In order; each has the offsets of its round's text."""
        return tuple(finding for each in self.rounds for finding in each.applied)


def is_safe(finding: LintFinding) -> bool:
    """The wish of ``--fix``."""
    return bool(finding.fix and finding.fix.is_safe)


def is_any(finding: LintFinding) -> bool:
    """The wish of ``--fix-unsafe``: what is not mended by edits, too."""
    return finding.fix is not None or finding.rule == _IGNORING


def fix(text: bytes, known: Known, wish: Wish, asked: Chosen = EVERY) -> Fixed:
    """A Dockerfile with the wanted fixes of what the chosen rules find, and the ignore file, if that is wanted."""
    find = finding(text, known, asked)
    made = fixed(text, find, wish)
    taken = tuple(each for each in find(made.text) if each.rule == _IGNORING and wish(each))
    left_out = proposed(read(made.text), known.context) if taken and known.context else None
    return replace(made, rounds=(*made.rounds, Round(made.text, taken)), ignore=left_out.text) if left_out else made


def finding(text: bytes, known: Known, asked: Chosen = EVERY) -> Find:
    """What the chosen rules find in a text, and in what becomes of it; what is measured and saves nothing is left out.

    The image was built from this text: of a step that has changed since nobody knows the layer, but what saved nothing
    before does not now.
    """
    recipe = read(text)
    first = found(recipe, known, asked)
    vain = {(each.rule, each.text) for each in first} - {
        (each.rule, each.text) for each in priced(first, recipe, known)
    }

    def find(text: bytes) -> Sequence[LintFinding]:
        recipe = read(text)
        here = replace(known, image=matched(recipe, known.image)) if known.image else known
        findings = priced(found(recipe, here, asked), recipe, here)
        return tuple(each for each in findings if (each.rule, each.text) not in vain)

    return find


def fixed(text: bytes, find: Find, wish: Wish) -> Fixed:
    """The text with all wanted fixes, by rounds: ``find`` is asked again of each round's result.

    The edits of a finding go together or not at all. Of fixes that touch the same bytes the safe one is taken, of these
    the one that saves most, then the first in the text; the others have their turn in the next round, as has one that
    is another fix once one of the same instruction is applied. A fix after which the builder would refuse what it did
    not refuse before is not applied.
    """
    rounds: list[Round] = []
    broken: list[LintFinding] = []
    while len(rounds) < _MOST_ROUNDS:
        wanted = [each for each in find(text) if each.fix and wish(each) and not _is_among(each, broken)]
        chosen = _together(text, wanted, find)
        if not chosen:
            break
        if _is_harmful(text, chosen):
            harmful = [each for each in chosen if _is_harmful(text, [each])] or chosen
            broken += harmful
            chosen = [each for each in chosen if each not in harmful]
        if chosen:
            rounds.append(Round(text, tuple(chosen)))
            text = _applied(text, chosen)
    return Fixed(text, tuple(rounds), tuple(broken))


def _together(text: bytes, findings: Sequence[LintFinding], find: Find) -> list[LintFinding]:
    """Those that neither touch each other's bytes nor what the others mean: a command behind a branch takes ``set -e``
    away from what another puts into it.
    """
    ranked = sorted(findings, key=_rank)
    groups, _ = compatible([each.fix.edits for each in ranked if each.fix])
    kept = {id(group) for group in groups}
    starts = [each.start for each in parse(text).instructions]
    chosen: list[LintFinding] = []
    taken: set[int] = set()
    for each in ranked:
        if each.fix and id(each.fix.edits) in kept:
            touched = {bisect_right(starts, edit.start) for edit in each.fix.edits}
            if taken.isdisjoint(touched) or _is_same_behind(each, chosen, find(_applied(text, chosen))):
                chosen.append(each)
                taken |= touched
    return chosen


def _is_same_behind(finding: LintFinding, chosen: Sequence[LintFinding], others: Iterable[LintFinding]) -> bool:
    """Whether a finding has the same fix among those of the text that the chosen are fixed in, if it is still there."""
    moved = [edit for each in chosen if each.fix for edit in each.fix.edits]
    same = [each for each in others if (each.rule, each.text) == (finding.rule, finding.text)]
    return not same or any(_doings(each, ()) == _doings(finding, moved) for each in same)


def _doings(finding: LintFinding, moved: Sequence[Edit]) -> list[tuple[int, bytes]]:
    """What the edits of a finding insert, and where it comes to stand behind others' edits."""
    edits = finding.fix.edits if finding.fix else ()
    return [
        (each.start + sum(_growth(other) for other in moved if other.end <= each.start), each.replacement)
        for each in edits
    ]


def _growth(edit: Edit) -> int:
    return len(edit.replacement) - (edit.end - edit.start)


def _rank(finding: LintFinding) -> tuple[object, ...]:
    packed = finding.amount.packed_bytes if finding.amount else 0
    return not is_safe(finding), -packed, finding.start, finding.rule


def _is_harmful(text: bytes, findings: Sequence[LintFinding]) -> bool:
    """Whether the builder, or the shell of a RUN, would refuse more than before."""
    after = _applied(text, findings)
    if len(parse(after).problems) > len(parse(text).problems):
        return True
    return _refused(after) > _refused(text)


def _refused(text: bytes) -> int:
    """How many RUNs have a text that their shell cannot read."""
    shells = [step.shell for step in read(text).steps if step.keyword == "RUN"]
    return sum(not shell.steps for shell in shells if shell and not shell.unread and shell.text.text.strip())


def _applied(text: bytes, findings: Sequence[LintFinding]) -> bytes:
    return apply(text, [edit for each in findings if each.fix for edit in each.fix.edits])


def _is_among(finding: LintFinding, others: Sequence[LintFinding]) -> bool:
    """Whether the same was found in an earlier round; the offsets may be others by now."""
    return any((each.rule, each.text, each.step) == (finding.rule, finding.text, finding.step) for each in others)


def patch(path: str, before: bytes | None, after: bytes) -> bytes:
    """What changes, as a patch for ``git apply`` or ``patch -p1`` in the directory that ``path`` is relative to.

    Empty for nothing; ``before`` is None for a file that is made.
    Sources: POSIX.1-2024, diff; git-diff(1), "Generating patch text".
    """
    old, new = (_lines(text or b"") for text in (before, after))
    lines = [line.encode("utf-8", "surrogateescape") for line in list(unified_diff(old, new))[2:]]
    if not lines:
        return b""
    name = normpath(path).lstrip("/")
    head = [f"{sign} {_quoted(f'{side}/{name}')}\n".encode("utf-8", "surrogateescape") for sign, side in _SIDES]
    head[:1] = [b"--- /dev/null\n"] if before is None else head[:1]
    body = [line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines]
    return b"".join((*head, *body))


def _lines(text: bytes) -> list[str]:
    """Only a line feed ends a line: ``str.splitlines`` knows ten more characters."""
    parts = text.decode("utf-8", "surrogateescape").split("\n")
    return [f"{part}\n" for part in parts[:-1]] + [part for part in parts[-1:] if part]


def _quoted(name: str) -> str:
    """As git writes names: in C's quotes where they need them, with a tab behind one that has a space."""
    if any(character in '"\\' or not character.isprintable() for character in name):
        escapes = (
            f"\\{byte:03o}" if byte < 32 or byte > 126 or byte in b'"\\' else chr(byte) for byte in os.fsencode(name)
        )
        return f'"{"".join(escapes)}"'
    return f"{name}\t" if " " in name else name
