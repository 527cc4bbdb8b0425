"""What to do after ``shave lint``: one command, in which the options that chose what was linted stay."""

from collections.abc import Sequence
from shlex import join

from shave.verbs.linted import LintedFile, Seen
from shave.verbs.proved import doubted

_LINT = ("shave", "lint")


def next_step(files: Sequence[LintedFile], given: Sequence[str], image: str = "") -> str:
    """Mend what can be mended, look at what was refuted, read of what cannot work, weigh it, say where Dockerfiles are.

    ``given`` are the options and names that said what to lint.
    """
    in_doubt = tuple(dict.fromkeys(rule for each in files for rule in doubted(each.proved)))
    findings = [finding for each in files for finding in each.findings]
    if certain := [each for each in findings if each.fix and each.rule not in in_doubt]:
        return join((*_LINT, *_mending(certain), *(("--ignore", ",".join(in_doubt)) if in_doubt else ()), *given))
    if in_doubt:
        return join((*_LINT, *_showing([each for each in findings if each.rule in in_doubt]), *given))
    if any(each.ignore_file for each in files):
        return join((*_LINT, "--fix-unsafe", "--diff", *given))
    wrong = next((each.rule for each in findings if each.severity == "error"), "")
    if wrong:
        return join((*_LINT, "--rule", wrong))
    unpriced = next((each.path for each in files if each.findings), "")
    if unpriced and not image:
        return join((*_LINT, "--image", "IMAGE", *(given if len(files) == 1 and given else (unpriced,))))
    if any(each.unread for each in files):
        return join((*_LINT, "--help"))
    return f"shave inspect {join((image,)) if image else 'IMAGE'}"


def _mending(findings: Sequence[Seen]) -> tuple[str, ...]:
    is_safe = any(each.fix.is_safe for each in findings if each.fix)
    return ("--fix",) if is_safe else ("--fix-unsafe", "--diff")


def _showing(findings: Sequence[Seen]) -> tuple[str, ...]:
    """The patch that was tried: what is unsafe is in a proof only if it was wanted."""
    is_safe = all(each.fix.is_safe for each in findings if each.fix)
    return ("--diff",) if is_safe else ("--fix-unsafe", "--diff")
