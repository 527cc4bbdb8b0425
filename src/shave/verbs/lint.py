"""``shave lint``: what of Dockerfiles costs bytes or cannot work, without what they ask to ignore."""

from collections.abc import Callable, Sequence
from shlex import quote

from msgspec import Struct

from shave.dockerfile.parser import LONGEST_LINE
from shave.dockerfile.parts import Dockerfile
from shave.dockerfiles import Source
from shave.lint import Fix, LintFinding
from shave.recipe import Recipe, read
from shave.rules import RULES, refused
from shave.rules.known import NOTHING, Known
from shave.rules.refused import is_text
from shave.verbs.lint_chosen import EVERY, Chosen
from shave.verbs.lint_ignored import is_strict, kept, unneeded
from shave.verbs.lint_price import priced, saved
from shave.verbs.linted import Edited, EditSeen, Linted, LintedFile, Seen

_NAMES = {rule.id: rule.name for rule in RULES}


class Limits(Struct, frozen=True):
    """When findings fail: from severity warning on, or, with ``fail_over``, those about bytes only if all that was
    measured is more bytes. What cannot work fails in any case.
    """

    fail_over: int | None = None


WARNINGS = Limits()


def found(recipe: Recipe, known: Known = NOTHING, chosen: Chosen = EVERY) -> tuple[LintFinding, ...]:
    """What the chosen rules find, in the order of the text; what the file asks to ignore is left out."""
    return kept(recipe, _looked(recipe, known, chosen))


def lint(
    source: Source,
    known: Callable[[Recipe], Known] = lambda _: NOTHING,
    chosen: Chosen = EVERY,
) -> LintedFile:
    """One Dockerfile; ``known`` says what is known of the world around it."""
    if source.unread:
        return LintedFile(source.path, unread=source.unread)
    recipe = read(source.text)
    around = known(recipe)
    every = _looked(recipe, around, chosen)
    findings = priced(kept(recipe, every), recipe, around)
    measured = saved(findings, around)
    return LintedFile(
        source.path,
        tuple(seen(recipe.file, each) for each in findings),
        notes=tuple(unneeded(recipe, every, chosen)),
        is_strict=is_strict(recipe.file),
        packed_bytes=measured.packed_bytes,
        unpacked_bytes=measured.unpacked_bytes,
        estimated_packed_bytes=_estimated(findings),
    )


def linted(
    files: Sequence[LintedFile],
    limits: Limits = WARNINGS,
    given: Sequence[str] = (),
    image: str = "",
    context: str = "",
) -> Linted:
    """The answer about several files, which the words ``given`` named; ``image`` and ``context`` were measured."""
    packed, unpacked, estimated = (
        sum(getattr(each, name) for each in files)
        for name in ("packed_bytes", "unpacked_bytes", "estimated_packed_bytes")
    )
    failed = any(_fails(each, limits) for each in files)
    if limits.fail_over is not None:
        failed = failed or packed > limits.fail_over
    return Linted(tuple(files), image, context, packed, unpacked, estimated, failed, _next(files, given, image))


def seen(file: Dockerfile, finding: LintFinding) -> Seen:
    """A finding where people look for it."""
    place = _place(file, finding.start, max(finding.start, finding.end))
    starts = file.line_starts
    end = starts[place[0]] if place[0] < len(starts) else len(file.text)
    return Seen(
        finding.rule,
        _NAMES[finding.rule],
        finding.severity,
        finding.text,
        *place,
        file.text[starts[place[0] - 1] : min(end, starts[place[0] - 1] + LONGEST_LINE)]
        .decode("utf-8", "surrogateescape")
        .rstrip("\r\n"),
        finding.advice,
        _edited(file, finding.fix),
        finding.amount,
    )


def _place(file: Dockerfile, start: int, end: int) -> tuple[int, int, int, int]:
    return *file.position(start), *file.position(end)


def _edited(file: Dockerfile, fix: Fix | None) -> Edited | None:
    if fix is None:
        return None
    edits = (
        EditSeen(
            each.start,
            each.end,
            *_place(file, each.start, each.end),
            each.replacement.decode("utf-8", "surrogateescape"),
        )
        for each in fix.edits
    )
    return Edited(fix.text, fix.is_safe, tuple(edits))


def _looked(recipe: Recipe, known: Known, chosen: Chosen) -> tuple[LintFinding, ...]:
    """What the chosen rules find, the ignored too."""
    asked = RULES if is_text(recipe.file) else (refused.RULE,)
    findings = (each for rule in asked if chosen(rule.id) for each in rule.look(recipe, known))
    return tuple(sorted(findings, key=lambda each: (each.start, each.rule)))


def _estimated(findings: Sequence[LintFinding]) -> int:
    return sum(each.amount.packed_bytes for each in findings if each.amount and not each.amount.measured)


def _fails(file: LintedFile, limits: Limits) -> bool:
    if file.is_strict and file.findings:
        return True
    failing = ("error",) if limits.fail_over is not None else ("error", "warning")
    return any(each.severity in failing for each in file.findings)


def _next(files: Sequence[LintedFile], given: Sequence[str], image: str) -> str:
    """What to do now: mend what can be mended, else weigh it."""
    fixes = [finding.fix for each in files for finding in each.findings if finding.fix]
    if fixes:
        option = "--fix" if any(fix.is_safe for fix in fixes) else "--fix-unsafe --diff"
        return " ".join(["shave lint", option, *map(quote, given)])
    unpriced = next((each.path for each in files if each.findings), "")
    if unpriced and not image:
        return f"shave lint --image IMAGE {quote(unpriced)}"
    return f"shave inspect {quote(image) if image else 'IMAGE'}"
