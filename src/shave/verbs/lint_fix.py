"""``shave lint --fix``: the edits of findings, applied until there is nothing more to do."""

from collections.abc import Callable, Sequence
from difflib import unified_diff

from msgspec import Struct

from shave.dockerfile.edits import apply, compatible
from shave.dockerfile.parser import parse
from shave.lint import LintFinding

_MOST_ROUNDS = 10
Find = Callable[[bytes], Sequence[LintFinding]]


class Fixed(Struct, frozen=True):
    """A text after its fixes, what was applied, in order, and what was not as it would have broken the text."""

    text: bytes
    applied: tuple[LintFinding, ...] = ()
    broken: tuple[LintFinding, ...] = ()


def fixed(text: bytes, find: Find, wanted: Callable[[LintFinding], bool]) -> Fixed:
    """The text with the fixes of all wanted findings, by rounds: ``find`` is asked again of each round's result.

    The edits of a finding go together or not at all. Of fixes that touch the same bytes the safe one is taken, of these
    the one that saves most, then the first in the text; the others have their turn in the next round. A fix after which
    the builder would refuse what it did not refuse before is not applied.
    """
    applied: list[LintFinding] = []
    broken: list[LintFinding] = []
    for _ in range(_MOST_ROUNDS):
        left = [each for each in find(text) if each.fix and wanted(each) and not _is_among(each, broken)]
        groups, _late = compatible([each.fix.edits for each in sorted(left, key=_first) if each.fix])
        chosen = [each for each in sorted(left, key=_first) if each.fix and each.fix.edits in groups]
        if not chosen:
            break
        for each in chosen:
            if _is_harmful(text, [each]):
                broken.append(each)
        good = [each for each in chosen if each not in broken]
        if good and not _is_harmful(text, good):
            text = _applied(text, good)
            applied += good
    return Fixed(text, tuple(applied), tuple(broken))


def patch(path: str, before: bytes, after: bytes) -> str:
    """What changes, as a patch for ``git apply`` or ``patch -p1``; "" for nothing."""
    old, new = ([*text.decode("utf-8", "surrogateescape").splitlines(keepends=True)] for text in (before, after))
    lines = []
    for line in unified_diff(old, new, f"a/{path}", f"b/{path}"):
        lines.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(lines)


def _first(finding: LintFinding) -> tuple[object, ...]:
    amount = finding.amount
    is_safe = bool(finding.fix and finding.fix.is_safe)
    return not is_safe, -(amount.packed_bytes if amount else 0), finding.start, finding.rule


def _is_harmful(text: bytes, findings: Sequence[LintFinding]) -> bool:
    """Whether the builder would refuse more than before."""
    return len(parse(_applied(text, findings)).problems) > len(parse(text).problems)


def _applied(text: bytes, findings: Sequence[LintFinding]) -> bytes:
    return apply(text, [edit for each in findings if each.fix for edit in each.fix.edits])


def _is_among(finding: LintFinding, others: Sequence[LintFinding]) -> bool:
    """Whether the same was found in an earlier round; the offsets may be others by now."""
    return any((each.rule, each.text, each.step) == (finding.rule, finding.text, finding.step) for each in others)
